import type { Answer } from './answer.ts';
import { jiraTime } from './jira-time.ts';
import type { Site } from './site.ts';

/** A personal access token of the account that asks; times in milliseconds since the epoch. */
export interface SimToken {
  readonly id: number;
  readonly name: string;
  readonly createdAt: number;
  /** Null: it has no end. */
  readonly expiresAt: number | null;
}

const DAY = 86_400_000;

export function createPersonalTokens(now: number): SimToken[] {
  return [
    { id: 1, name: 'dashboards', createdAt: now - 30 * DAY, expiresAt: now + 60 * DAY },
    { id: 2, name: 'scripts', createdAt: now - 400 * DAY, expiresAt: null },
  ];
}

/** As Data Center lists them, without the tokens themselves. */
export function listPersonalTokens(site: Site): Answer {
  const json = site.personalTokens.map(({ id, name, createdAt, expiresAt }) => ({
    id,
    name,
    createdAt: jiraTime(createdAt, site),
    ...(expiresAt === null ? {} : { expiringAt: jiraTime(expiresAt, site) }),
  }));
  return { status: 200, json };
}
