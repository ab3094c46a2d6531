import type { TraceParts, Traces, TraceSettings } from './traces.ts';

export * from './metrics.ts';
export type * from './request-watcher.ts';
export * from './routes.ts';
export * from './settings.ts';
export * from './vitals.ts';
export type { Traces, TraceSettings } from './traces.ts';

/** Traces cost 30 ms to load, and most hosts have no collector. */
export async function openTraces(settings: TraceSettings | undefined, parts: TraceParts): Promise<Traces | undefined> {
  if (settings === undefined) return undefined;
  const { createTraces } = await import('./traces.ts');
  return createTraces(settings, parts);
}
