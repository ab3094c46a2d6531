import type { Refusal } from '../kernel/index.ts';

/** Why a package is not taken, thrown by whoever finds out. */
export class RefusalError extends Error {
  readonly pointer: string | undefined;

  constructor(reason: string, pointer?: string) {
    super(reason);
    this.name = 'RefusalError';
    this.pointer = pointer;
  }
}

/** A reason quotes the package, and a hostile one has names of a megabyte. */
const LONGEST = 500;

/** Anything thrown on the way to a plugin version, as the reason an admin reads. */
export function toRefusal(error: unknown): Refusal {
  const reason = (error instanceof Error ? error.message : String(error)).slice(0, LONGEST);
  const pointer = error instanceof RefusalError ? error.pointer?.slice(0, LONGEST) : undefined;
  return pointer === undefined ? { reason } : { reason, pointer };
}
