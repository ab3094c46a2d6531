// Faults that are the same for every call. Those of paging are in the search handlers, those of service desks in theirs.
import { htmlPage, refusal, type Answer } from './answer.ts';
import type { Site } from './site.ts';

export const FAULTS = [
  /** The connection is reset. */
  'down',
  /** No answer until the simulator closes. */
  'hang',
  /** Every answer takes {@link SLOW_MS}. */
  'slow',
  '500',
  '503',
  '429',
  /** The site's hourly quota: only the reset is told, in whole minutes. */
  '429-quota',
  /** Nothing is told. */
  '429-bare',
  /** Answers well, and warns that little is left of the limit. */
  'near-limit',
  '401',
  /** 403 until somebody solves a CAPTCHA in a browser. */
  'captcha',
  /** A proxy answers with its sign-in page, status 200. */
  'html',
  /** JSON that ends in the middle. */
  'truncated',
  /** 200, no body. */
  'empty-body',
  /** 200 and JSON, but a stranger's. */
  'wrong-shape',
  /** Issues whose every field is hidden by the site's field security. */
  'hidden-fields',
  /** A refused token is treated as an anonymous caller: 200, nothing found, one telling header. */
  'anonymous',
  /** Cloud: the same page token again and again. Data Center: the first page again and again. */
  'repeat-token',
  /** Pages that never end. */
  'endless',
  /** Cloud: more pages are said to follow, but no token. Data Center: an empty page before the total is reached. */
  'lost-page',
  /** Cloud behind a proxy that speaks version 2: neither a token nor whether this was the last page. */
  'no-paging',
  /** Pages of any size below the asked one. */
  'short-pages',
  /** A walk ends after some hundreds of issues as if nothing more followed. */
  'truncated-walk',
  /** Changed issues are missing from searches for a minute, deleted ones are still found. */
  'index-lag',
  /** Issues that ORDER BY does not tell apart come in another order for each search. */
  'unstable-order',
  /** Times in JQL count to the minute, also those in milliseconds. */
  'minute-precision',
  /** Issues come twice, as when they are edited while somebody pages over them. */
  'overlap',
  /** No Jira Service Management. */
  'no-jsm',
  /** The account is no agent. */
  'not-agent',
  /** No Jira Software. */
  'no-agile',
  /** The token endpoint does not answer sensibly. */
  'oauth-down',
  /** Access tokens are over when they arrive. */
  'oauth-expired',
  /** An issue is created, but the connection is reset before anybody learns of it. */
  'lost-answer',
  /** An issue is created, but a proxy answers that it took too long. */
  'late-504',
  /** The screen for new issues has no labels. */
  'no-labels-screen',
] as const;
export type FaultName = (typeof FAULTS)[number];

export const SLOW_MS = 1500;

export function isFault(name: string): name is FaultName {
  return FAULTS.some((known) => known === name);
}

/** The answer a fault gives instead of the real one; undefined when the call goes on. */
export function faultyAnswer({ faults, deployment, now }: Site): Answer | undefined {
  if (faults.has('500')) return htmlPage(500, 'Oops, you have found a dead link.');
  if (faults.has('503')) return { ...htmlPage(503, 'Service Unavailable'), headers: { 'retry-after': '3' } };
  if (faults.has('429')) return deployment === 'cloud' ? tooMany(now()) : outOfTokens();
  if (faults.has('429-quota')) return overQuota(now());
  if (faults.has('429-bare')) return refusal(429, 'Too Many Requests');
  if (faults.has('401')) return unauthorized();
  if (faults.has('captcha')) {
    return {
      ...refusal(403, 'Login denied'),
      headers: {
        'x-seraph-loginreason': 'AUTHENTICATION_DENIED',
        'x-authentication-denied-reason': 'CAPTCHA_CHALLENGE; login-url=/login.jsp',
      },
    };
  }
  if (faults.has('html')) return htmlPage(200, 'Log in');
  if (faults.has('empty-body')) return { status: 200, text: '' };
  if (faults.has('wrong-shape')) return { status: 200, json: { status: 'ok', data: [] } };
  return undefined;
}

export function unauthorized(): Answer {
  return {
    status: 401,
    json: { message: 'Client must be authenticated to access this resource.', 'status-code': 401 },
    headers: { 'x-seraph-loginreason': 'AUTHENTICATED_FAILED', 'www-authenticate': 'Basic realm="Jira"' },
  };
}

/** Two waits, of which the longer is true: seconds, and a reset in whole minutes. */
function tooMany(now: number): Answer {
  return {
    ...refusal(429, 'Rate limit exceeded.'),
    headers: {
      'retry-after': '7',
      'x-ratelimit-limit': '350',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': resetAt(now + 60_000),
      'ratelimit-reason': 'jira-burst-based',
    },
  };
}

function overQuota(now: number): Answer {
  return {
    ...refusal(429, 'Rate limit exceeded.'),
    headers: {
      'x-ratelimit-limit': '100100',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': resetAt(now + 1_200_000),
      'ratelimit-reason': 'jira-quota-tenant-based',
      'beta-ratelimit-policy': '"tenant-app-quota";q=100100;w=3600',
      'beta-ratelimit': '"tenant-app-quota";r=0;t=1200',
    },
  };
}

/** Data Center's bucket of tokens, which is filled again every few seconds. */
function outOfTokens(): Answer {
  return {
    ...refusal(429, 'Rate limit exceeded.'),
    headers: {
      'retry-after': '12',
      'x-ratelimit-limit': '50',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-fillrate': '10',
      'x-ratelimit-interval-seconds': '60',
    },
  };
}

function resetAt(millis: number): string {
  return `${new Date(Math.ceil(millis / 60_000) * 60_000).toISOString().slice(0, 16)}Z`;
}
