// What the last run has measured of a scenario, for who counts on with it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { median } from './statistics.ts';
import type { Report } from './scenario.ts';

export const ARTIFACTS: string = join(import.meta.dirname, '../../../artifacts');

export interface Measured {
  readonly value: number;
  readonly mode: 'full' | 'quick';
}

/** Jackfield's median; of a full run when there was one. Undefined when nobody has measured it here. */
export async function readArtifact(scenario: string, what: string): Promise<Measured | undefined> {
  for (const mode of ['full', 'quick'] as const) {
    const text = await readFile(join(ARTIFACTS, `bench-${mode}.json`), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const { reports } = JSON.parse(text) as { readonly reports: readonly Report[] };
    const figure = reports.find((report) => report.scenario === scenario)?.figures.find((one) => one.what === what);
    if (figure !== undefined) return { value: median(figure.jackfield), mode };
  }
  return undefined;
}
