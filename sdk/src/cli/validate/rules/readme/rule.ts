import { error, warning, type Finding, type Rule } from '../../rule.ts';
import type { Subject } from '../../subject.ts';

const NAMES = /^readme(\.(md|markdown|txt))?$/i;
/** A title and a sentence. */
const SHORTEST = 200;
const PLACEHOLDER = /\b(TODO|FIXME|TBD|lorem ipsum)\b/i;

export const readme: Rule = {
  id: 'readme',
  asks: 'a README says what the plugin does and what each config field is',
  async check(subject) {
    const name = (await subject.list('.')).find((file) => NAMES.test(file));
    if (name === undefined) {
      return [
        error({ file: 'README.md' }, 'is missing: say what the plugin shows, and where its users get the credentials'),
      ];
    }
    return [...findingsOf(name, ((await subject.read(name)) ?? '').toString(), subject)];
  },
};

function* findingsOf(file: string, text: string, { manifest }: Subject): Iterable<Finding> {
  if (text.trim().length < SHORTEST) {
    yield warning(
      { file },
      `has ${text.trim().length} characters: say what the plugin shows, and where its users get the credentials`,
    );
  }
  for (const [index, line] of text.split('\n').entries()) {
    const found = PLACEHOLDER.exec(line);
    if (found) yield warning({ file, line: index + 1, column: found.index + 1 }, `is not finished: ${found[0]}`);
  }
  for (const field of Object.keys(manifest?.config.properties ?? {})) {
    if (!text.includes(field)) yield warning({ file }, `does not mention the config field ${field}`);
  }
}
