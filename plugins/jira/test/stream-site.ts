// A simulated site with a clock that tests turn, and a plugin context on the same clock.
import type { AnyStream, Context } from '@jackfield/sdk';
import type { JiraSimulator, JiraSimulatorOptions } from '../simulator/server.ts';
import plugin from '../src/plugin.ts';
import { contextOf, NOW, startSite, type RunOptions } from './site.ts';

export const streams: Readonly<Record<string, AnyStream<Record<string, unknown>>>> = plugin.streams ?? {};

export const MINUTE = 60_000;

export const PRODUCTS = [
  ['Cloud', 'cloud'],
  ['Data Center', 'dc'],
] as const;

export interface LivingSite extends AsyncDisposable {
  readonly site: JiraSimulator;
  ctx(options?: RunOptions): Context;
  /** Lets time go by; returns what it is then. */
  wait(millis: number): number;
}

export async function startLivingSite(options: JiraSimulatorOptions = {}): Promise<LivingSite> {
  let now = NOW;
  const site = await startSite({ issues: 700, ...options, now: () => now });
  return {
    site,
    ctx: (run) => ({ ...contextOf(site, run), now: () => new Date(now) }),
    wait: (millis) => (now += millis),
    [Symbol.asyncDispose]: () => site.close(),
  };
}

export function streamOf(id: string): AnyStream<Record<string, unknown>> {
  const stream = streams[id];
  if (!stream) throw new Error(`there is no stream ${id}`);
  return stream;
}
