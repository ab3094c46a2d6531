import type { Site } from './site.ts';

/** Offset without a colon, in a zone that is not the caller's: both are Jira's habit. */
export function jiraTime(millis: number, site: Site): string {
  const minutes = site.deployment === 'cloud' ? -480 : 330;
  const local = new Date(millis + minutes * 60_000).toISOString().slice(0, -1);
  return local + (minutes < 0 ? '-0800' : '+0530');
}
