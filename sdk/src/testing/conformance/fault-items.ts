// Gold: a vendor that is unwell makes a run fail with a code that says so, and nothing else.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Problem } from '@jackfield/schemas';
import { failureOf, type Piece, type Trial } from './trial.ts';
import type { Misbehaviour } from './vendor-switch.ts';

type Code = Problem['code'];

/** The plugin's own fault, whatever the vendor did. */
const OWN: ReadonlySet<Code> = new Set<Code>(['plugin_failed', 'plugin_crashed', 'plugin_out_of_memory', 'internal']);

interface Illness {
  readonly what: string;
  readonly answer: (real: () => Promise<Response>) => Response | Promise<Response>;
  /** Codes that a run may fail with when the first answer is like that; left out: it may succeed too. */
  readonly codes?: readonly Code[];
}

const html = (text: string): Response => new Response(text, { headers: { 'content-type': 'text/html' } });
const BAD: readonly Code[] = ['vendor_bad_response', 'vendor_error', 'vendor_unavailable', 'auth_failed', 'not_found'];

const BUSY: Illness = {
  what: '429',
  answer: () => new Response('', { status: 429, headers: { 'retry-after': '30' } }),
  codes: ['rate_limited'],
};
const FAILING: Illness = {
  what: '500',
  answer: () => new Response('', { status: 500 }),
  codes: ['vendor_error', 'vendor_unavailable'],
};
const HANGING: Illness = {
  what: 'silence',
  answer: () => new Promise<never>(() => undefined),
  codes: ['timeout', 'vendor_unavailable'],
};
const MALFORMED: readonly Illness[] = [
  { what: 'half of its JSON', answer: half, codes: BAD },
  { what: 'HTML with 200', answer: () => html('<html><body>Sign in</body></html>'), codes: BAD },
  { what: 'nothing with 200', answer: () => new Response(''), codes: BAD },
  { what: '{}', answer: () => Response.json({}) },
  { what: '[]', answer: () => Response.json([]) },
  { what: 'null', answer: () => Response.json(null) },
];

async function half(real: () => Promise<Response>): Promise<Response> {
  const response = await real();
  const text = await response.text();
  return new Response(text.slice(0, Math.floor(text.length / 2)), { headers: { 'content-type': 'application/json' } });
}

export const busy = (trial: Trial): Promise<string[]> => suffers(trial, BUSY);
export const failing = (trial: Trial): Promise<string[]> => suffers(trial, FAILING);

/** All at once, each on a connection of its own: waiting for one after the other would take minutes. */
export async function hanging(trial: Trial): Promise<string[]> {
  trial.vendor.behave(() => HANGING.answer(async () => new Response()));
  const faults = await Promise.all(
    [...asking(trial)].map(([piece]) => judge(piece, HANGING, piece.run(trial.plugin.connect(trial.config)), true)),
  );
  return faults.flat();
}

export async function malformed(trial: Trial): Promise<string[]> {
  const faults: string[] = [];
  for (const illness of MALFORMED) faults.push(...(await suffers(trial, illness)));
  return faults;
}

/** From the first answer on, and where there is a second one from that on: what was read before must not hide it. */
async function suffers(trial: Trial, illness: Illness): Promise<string[]> {
  const faults: string[] = [];
  for (const [piece, calls] of asking(trial)) {
    for (const from of calls > 1 ? [1, 2] : [1]) {
      const fault: Misbehaviour = (call, real) => (call >= from ? illness.answer(real) : undefined);
      trial.vendor.behave(fault);
      // A connection of its own each time: what a plugin remembers of the last one would hide the first answer.
      const run = piece.run(from === 1 ? trial.plugin.connect(trial.config) : trial.plugin);
      faults.push(...(await judge(piece, illness, run, from === 1)));
    }
  }
  return faults;
}

async function judge({ what }: Piece, illness: Illness, run: Promise<unknown>, first: boolean): Promise<string[]> {
  const failure = await failureOf(run);
  const about = `${what}, when the vendor answers ${illness.what}`;
  if (failure !== undefined && OWN.has(failure.code)) return [`${about}: ${failure.message}`];
  const { codes } = illness;
  if (codes === undefined || !first) return [];
  if (failure === undefined) return [`${about}: succeeds, as if there were no rows`];
  return codes.includes(failure.code) ? [] : [`${about}: fails with ${failure.code} instead of ${codes.join(' or ')}`];
}

function asking({ working }: Trial): [Piece, number][] {
  return [...working].filter(([, calls]) => calls > 0);
}

/** From the cancellation. A host ends a thread that is busy after half of it, which is how one that goes on is noticed. */
const STOP_MS = 1000;
/** A thread that is ended may be late to go, on a busy machine. */
const LATE_MS = 500;

/** All of them wait for the vendor, and are cancelled. */
export async function stops(trial: Trial): Promise<string[]> {
  const faults: string[] = [];
  const pieces = asking(trial).filter(([{ kind }]) => kind !== 'check');
  if (pieces.length === 0) return [];
  const stuck = await cancelled(trial, pieces);
  if (!stuck) return [];
  // Which of them it was.
  for (const piece of pieces) {
    if (await cancelled(trial, [piece]))
      faults.push(`${piece[0].what}: does not end within ${STOP_MS} ms when it is cancelled`);
  }
  return faults.length > 0 ? faults : ['a run does not end when it is cancelled together with others'];
}

async function cancelled(trial: Trial, pieces: readonly [Piece, number][]): Promise<boolean> {
  const waiting = Promise.withResolvers<void>();
  trial.vendor.behave((call) => {
    if (call >= 1) waiting.resolve();
    return new Promise<never>(() => undefined);
  });
  const runs = await Promise.all(pieces.map(([piece]) => startOf(trial, piece)));
  const ends = runs.map(({ finished }) => failureOf(finished));
  await waiting.promise;
  const threads = trial.plugin.threads();
  for (const run of runs) run.cancel();
  await Promise.all(ends);
  await sleep(STOP_MS + LATE_MS);
  return trial.plugin.threads() < threads;
}

function startOf({ plugin, manifest, setup }: Trial, { kind, id }: Piece) {
  if (kind === 'query') return plugin.startQuery(id, setup.params?.[id] ?? {});
  const { columns = [], primaryKey = [] } = manifest.streams?.[id] ?? {};
  return plugin.start({ kind: 'stream', id, cursor: null, columns, primaryKey });
}

/** Over everything that was done before. */
export async function staysWithin({ denials }: Trial): Promise<string[]> {
  return [...denials].map((denial) => `it asked for what it has not declared: ${denial}`);
}
