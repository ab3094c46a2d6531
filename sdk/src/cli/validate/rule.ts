// One rule of `validate` is one folder below `rules`: rule.ts, and packages that keep it (`good`) and break it (`bad`).
import type { Place } from '../../build/place.ts';
import type { Subject } from './subject.ts';

/** An error keeps the package from being taken by a host, or endangers whoever runs it. A warning is advice. */
export type Severity = 'error' | 'warning';

export interface Rule {
  /** As findings name it, and as its folder is called. */
  readonly id: string;
  /** What it asks for, in one line. */
  readonly asks: string;
  check(subject: Subject): Iterable<Finding> | Promise<Iterable<Finding>>;
}

export interface Finding {
  readonly severity: Severity;
  /** What is wrong and what to do. Never a secret. */
  readonly message: string;
  readonly place: Place;
  /** JSON pointer into the file, when it is JSON. */
  readonly pointer?: string;
}

export function error(place: Place, message: string): Finding {
  return { severity: 'error', place, message };
}

export function warning(place: Place, message: string): Finding {
  return { severity: 'warning', place, message };
}
