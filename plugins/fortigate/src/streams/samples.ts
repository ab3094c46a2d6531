// The last sample of each interface, as the cursor keeps it.
import type { Cursor } from '@jackfield/sdk';
import { numberOf, textOf } from '../cells.ts';
import { cursorFields } from './vdoms.ts';

export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly rx: number;
  readonly tx: number;
}

export interface Samples {
  /** When the newest sample was taken. */
  readonly at: number;
  /** The device they are from. */
  readonly serial: string | null;
  /** By VDOM and name, as JSON. */
  readonly samples: ReadonlyMap<string, Sample>;
}

/** A cursor holds 64 KB; some are kept for its other members. */
const CHARACTERS = 60_000;
/** An interface that was not seen for so long starts anew. */
const FORGOTTEN_MS = 7 * 86_400_000;

export function parseSamples(cursor: Cursor): Samples {
  const fields = cursorFields(cursor);
  const samples = new Map<string, Sample>();
  for (const entry of Array.isArray(fields['samples']) ? fields['samples'] : []) {
    const [vdom, name, ...numbers]: unknown[] = Array.isArray(entry) ? entry : [];
    const [at, rx, tx] = numbers.map(numberOf);
    if (at == null || rx == null || tx == null) continue;
    samples.set(JSON.stringify([vdom, name]), { at, rx, tx });
  }
  return { at: numberOf(fields['at']) ?? 0, serial: textOf(fields['serial']), samples };
}

/** The busiest interfaces go in first; `left` counts those that found no room. */
export function packSamples({ at, serial, samples }: Samples): { packed: Cursor; left: number } {
  const list: Cursor[] = [];
  let [size, left] = [0, 0];
  const kept = [...samples].filter(([, sample]) => at - sample.at < FORGOTTEN_MS);
  for (const [key, sample] of kept.sort(([, a], [, b]) => b.rx + b.tx - a.rx - a.tx)) {
    const entry: Cursor = [...(JSON.parse(key) as string[]), sample.at, sample.rx, sample.tx];
    size += JSON.stringify(entry).length + 1;
    if (size > CHARACTERS) left += 1;
    else list.push(entry);
  }
  return { packed: { at, serial, samples: list }, left };
}

interface Delta {
  readonly seconds: number | null;
  readonly rxDelta: number | null;
  readonly txDelta: number | null;
  readonly reset: boolean;
}

/** Both directions start anew together, so one that fell speaks for the other. */
export function deltaOf(
  before: Sample | undefined,
  now: { readonly at: number; readonly rx: number | null; readonly tx: number | null },
  sameDevice: boolean,
): Delta {
  const { rx, tx } = now;
  if (before === undefined || rx === null || tx === null) {
    return { seconds: null, rxDelta: null, txDelta: null, reset: false };
  }
  const seconds = (now.at - before.at) / 1000;
  if (!sameDevice) return { seconds, rxDelta: null, txDelta: null, reset: true };
  const reset = rx < before.rx || tx < before.tx;
  return { seconds, rxDelta: reset ? rx : rx - before.rx, txDelta: reset ? tx : tx - before.tx, reset };
}
