// A plugin on trial: what of it asks the vendor, and how each of that went when the vendor behaved.
import type { ManifestStream, PluginManifest } from '@jackfield/schemas';
import type { OpenedPlugin } from '../open-plugin.ts';
import type { OpenedInstance } from '../opened-instance.ts';
import { PluginError } from '../plugin-error.ts';
import type { StreamRead } from '../read.ts';
import type { ConformanceSetup } from './setup.ts';
import type { VendorSwitch } from './vendor-switch.ts';

/** The check, a query or a stream. */
export interface Piece {
  readonly what: string;
  readonly kind: 'check' | 'query' | 'stream';
  readonly id: string;
  run(instance: OpenedInstance): Promise<{ readonly vendorCalls: number }>;
}

export interface Trial {
  readonly plugin: OpenedPlugin;
  readonly manifest: PluginManifest;
  readonly setup: ConformanceSetup;
  readonly config: Readonly<Record<string, unknown>>;
  readonly vendor: VendorSwitch;
  /** Pieces that work when the vendor does, with how often they ask it: the others have failed once already. */
  readonly working: Map<Piece, number>;
  /** Full reads. */
  readonly reads: Map<string, StreamRead>;
  /** The call to a host that was not declared, as the host has logged it. */
  readonly denials: Set<string>;
}

export function piecesOf({ manifest, setup }: Pick<Trial, 'manifest' | 'setup'>): Piece[] {
  const check: Piece = { what: 'the check', kind: 'check', id: '', run: (instance) => instance.check() };
  const queries = Object.entries(manifest.queries).filter(([, { source }]) => source !== 'synced');
  return [
    ...(manifest.check ? [check] : []),
    ...queries.map(([id]): Piece => {
      return { what: `query "${id}"`, kind: 'query', id, run: (at) => at.query(id, setup.params?.[id] ?? {}) };
    }),
    ...Object.keys(manifest.streams ?? {}).map((id): Piece => {
      return { what: `stream "${id}"`, kind: 'stream', id, run: (at) => at.stream(id).read() };
    }),
  ];
}

/** What it failed with; undefined when it did not. */
export async function failureOf(run: Promise<unknown>): Promise<PluginError | undefined> {
  try {
    await run;
    return undefined;
  } catch (error) {
    if (error instanceof PluginError) return error;
    throw error;
  }
}

/** The stream's rows by key, without columns that change by themselves. */
export function tableOf(
  { rows, removed }: Pick<StreamRead, 'rows' | 'removed'>,
  { primaryKey }: Pick<ManifestStream, 'primaryKey'>,
  left: readonly string[] = [],
): Map<string, string> {
  const keyOf = (row: Readonly<Record<string, unknown>>): string => JSON.stringify(primaryKey.map((name) => row[name]));
  const table = new Map<string, string>();
  for (const row of rows) {
    const kept = Object.entries(row).filter(([name]) => !left.includes(name));
    table.set(keyOf(row), JSON.stringify(Object.fromEntries(kept)));
  }
  for (const key of removed) table.delete(keyOf(key));
  return table;
}
