// What the old API says about its own end: headers while it is on its way out, and a problem once it is gone.
import type { FastifyReply } from 'fastify';
import { Problem } from '../../errors.ts';
import type { Move } from '../move/modes.ts';
import type { Replacement } from './replacements.ts';

const ABOUT = 'https://jackfield.dev/docs/external-systems';

/** `Deprecation` (RFC 9745), `Sunset` (RFC 8594), and where to go: of several moves the one that ends first. */
export function sayLeaving(reply: FastifyReply, moves: readonly Move[], { path }: Replacement): void {
  const since = earliest(moves.map(({ dualSince }) => dualSince));
  const sunset = earliest(moves.map(({ sunsetAt }) => sunsetAt));
  if (since !== undefined) reply.header('deprecation', `@${Math.floor(since.getTime() / 1000)}`);
  if (sunset !== undefined) reply.header('sunset', sunset.toUTCString());
  // Not of one thing: of the list that it is in.
  const successor = path.replace(/\/:.*$/, '');
  reply.header('link', [`<${successor}>; rel="successor-version"`, `<${ABOUT}>; rel="deprecation"; type="text/html"`]);
}

export function gone(route: string, { method, path }: Replacement): Problem {
  return new Problem('gone', `${route} has ended: its plugin has left the old API`, {
    next: `Call ${method} ${path}.`,
  });
}

function earliest(dates: readonly (Date | null)[]): Date | undefined {
  return dates.filter((date) => date !== null).toSorted((a, b) => a.getTime() - b.getTime())[0];
}
