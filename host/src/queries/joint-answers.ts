// Answers over several instances that are made of cached results alone. Their rows are put together once for each format; whoever asks
// the same while these results stand gets the same bytes.
import { LRUCache } from 'lru-cache';
import type { Limits } from '../limits.ts';
import type { CachedResult } from './cache.ts';
import type { Format } from './formats.ts';
import type { Member } from './members.ts';
import type { Question } from './question.ts';

/** One instance's part. */
export interface Part {
  readonly member: Member;
  readonly question: Question;
  readonly cached: CachedResult;
}

export class JointAnswers {
  readonly #known: LRUCache<string, Map<Format, Buffer>>;
  readonly #readyBytes: number;

  constructor({ jointBytes, readyBytes }: Pick<Limits['cache'], 'jointBytes' | 'readyBytes'>) {
    this.#readyBytes = readyBytes;
    this.#known = new LRUCache({ maxSize: jointBytes });
  }

  /** Where what is ready of these results is, and is put when it is made; undefined of what is too large to be kept. */
  keyOf(parts: readonly Part[]): string | undefined {
    let bytes = 0;
    for (const { member, cached } of parts) bytes += cached.bytes + cached.rows * (member.id.length + OWN);
    if (bytes > this.#readyBytes) return undefined;
    const key = parts
      .map(({ member, question, cached }) => `${member.name} ${question.key} ${cached.serial}`)
      .join('\n');
    // Of most there is one format.
    if (!this.#known.has(key)) this.#known.set(key, new Map(), { size: bytes + key.length * 2 + OBJECTS });
    return key;
  }

  get(key: string): Map<Format, Buffer> | undefined {
    return this.#known.get(key);
  }
}

/** Characters that each row has more than its instance's id: `"instance":"",`. */
const OWN = 14;
/** Columns, states and objects of one. */
const OBJECTS = 2048;
