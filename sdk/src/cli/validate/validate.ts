// `jackfield-plugin validate`: what a host would refuse about a package, and what its users would regret.
import type { BuildOptions } from '../../build/draft.ts';
import { placeText, type Place } from '../../build/place.ts';
import type { Severity } from './rule.ts';
import { rules } from './rules.ts';
import { readSubject } from './subject.ts';

export interface FileFinding extends Place {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  /** JSON pointer into plugin.json or the file. */
  readonly pointer?: string;
}

/** What the rules find, in the order of the rules; without errors a host takes the package. */
export async function validatePlugin(folder: string, options: BuildOptions = {}): Promise<FileFinding[]> {
  const subject = await readSubject(folder, options);
  const found: FileFinding[] = [];
  for (const rule of rules) {
    for (const { place, ...finding } of await rule.check(subject)) found.push({ rule: rule.id, ...finding, ...place });
  }
  return found;
}

/** `src/plugin.ts:12:5: error: … [schema]` */
export function findingText({ rule, severity, message, pointer, ...place }: FileFinding): string {
  return `${placeText(place)}: ${severity}: ${pointer ? `${pointer} ` : ''}${message} [${rule}]`;
}
