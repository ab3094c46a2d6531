import { cassetteFindings } from '../../../../cassette/index.ts';
import { JsonDocument } from '../../json-document.ts';
import { error, type Finding, type Rule } from '../../rule.ts';
import type { Subject } from '../../subject.ts';

const FOLDER = 'cassettes';

/** Recordings are kept with the plugin and published with its sources. */
export const cassettes: Rule = {
  id: 'cassettes',
  asks: 'cassettes can be played and hold no secret',
  async check(subject) {
    const names = (await subject.list(FOLDER)).filter((name) => name.endsWith('.json'));
    const found = await Promise.all(names.map((name) => findingsOf(`${FOLDER}/${name}`, subject)));
    return found.flat();
  },
};

async function findingsOf(file: string, { read }: Subject): Promise<Finding[]> {
  try {
    const document = new JsonDocument(file, ((await read(file)) ?? '').toString());
    return cassetteFindings(document.value).map(({ pointer, message }) => ({
      ...error(document.placeOf(pointer), message),
      pointer,
    }));
  } catch (thrown) {
    return [error({ file }, thrown instanceof Error ? thrown.message : String(thrown))];
  }
}
