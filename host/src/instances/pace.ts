// How hard an instance's vendor may be asked: as the plugin declares it, unless an admin has said otherwise.
import type { PluginManifest } from '@jackfield/schemas';
import type { Pace, RateLimit } from '../gateway/index.ts';
import type { InstanceLimits } from '../store/index.ts';

/** What is left out is as the plugin declares it; a rate of null is none. */
export type PaceOverride = InstanceLimits;

/** What the plugin and the admin say; left out where neither does. */
export function paceOf(
  declared: PluginManifest['rateLimits'],
  override: PaceOverride | null,
): { readonly concurrency?: number; readonly rate?: RateLimit } {
  const concurrency = override?.concurrency ?? declared.concurrency;
  const rate = override?.rate === undefined ? declared.rate : override.rate;
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(rate === undefined || rate === null ? {} : { rate }),
  };
}

/** The same with the host's default. */
export function fullPace(pace: ReturnType<typeof paceOf>, concurrency: number): Pace {
  return { concurrency: pace.concurrency ?? concurrency, rate: pace.rate ?? null };
}
