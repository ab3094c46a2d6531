import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { simple } from 'acorn-walk';
import type { AnyNode } from 'acorn';
import { secretShapeOf } from '../../../../cassette/index.ts';
import type { BundleCode } from '../../../../build/bundle-code.ts';
import { isOwn } from '../../../../build/place.ts';
import { headText } from '../../code-text.ts';
import { error, warning, type Finding, type Rule } from '../../rule.ts';
import type { Subject } from '../../subject.ts';

/** Nobody writes longer files by hand. */
const LONGEST_FILE = 1_000_000;
const NAME = /(pass(word|wd|phrase)?|secret|token|api_?key|private_?key|credential)s?$/i;
/** Long, and with letters and digits: what people call a field or a header is not. */
const RANDOM = /^(?=.*\d)(?=.*[a-z])[\w+/=.~-]{16,}$/i;
/** Cassettes have a rule of their own; the others are not the author's text. */
const SKIPPED = new Set(['node_modules', 'dist', '.git', 'cassettes', 'package-lock.json']);

export const secrets: Rule = {
  id: 'secrets',
  asks: 'no file of the package holds a password, key or token',
  async check(subject) {
    const files = [...(await filesOf(subject.root)), ...(subject.draft === undefined ? ['dist/plugin.js'] : [])];
    const found = await Promise.all(files.map((file) => textFindings(file, subject)));
    return [...found.flat(), ...(subject.code === undefined ? [] : codeFindings(subject.code))];
  },
};

async function filesOf(root: string): Promise<string[]> {
  const files: string[] = [];
  const open = [root];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (SKIPPED.has(entry.name)) continue;
      if (entry.isDirectory()) open.push(path);
      else if (entry.isFile()) files.push(relative(root, path));
    }
  }
  return files.toSorted();
}

async function textFindings(file: string, { read }: Subject): Promise<Finding[]> {
  const bytes = await read(file);
  if (bytes === undefined || bytes.byteLength > LONGEST_FILE || bytes.includes(0)) return [];
  return bytes
    .toString()
    .split('\n')
    .flatMap((text, index) => {
      const found = secretShapeOf(text);
      // `Basic authentication` is no secret, and code puts together what is none either.
      if (found === undefined || !/\d/.test(text.slice(found.at, found.at + found.length))) return [];
      const place = { file, line: index + 1, column: found.at + 1 };
      // Tests and simulators make up what looks like one.
      return file.startsWith('src/') || file.startsWith('dist/')
        ? [error(place, `holds ${found.what}: make it a config field with "writeOnly: true"`)]
        : [warning(place, `holds what looks like ${found.what}: if it is a real one, take it out and revoke it`)];
    });
}

/** What is called a secret and looks random. */
function codeFindings(code: BundleCode): Finding[] {
  const found: Finding[] = [];
  const note = (name: string | undefined, value: AnyNode | null | undefined): void => {
    if (name === undefined || !value || !NAME.test(name)) return;
    const text = headText(value);
    if (text === undefined || !RANDOM.test(text)) return;
    const place = code.placeOf(value);
    if (isOwn(place))
      found.push(error(place, `${name} is written down here: make it a config field with "writeOnly: true"`));
  };
  const nameOf = (node: AnyNode): string | undefined =>
    node.type === 'Identifier' ? node.name : node.type === 'Literal' ? String(node.value) : undefined;
  simple(code.program, {
    VariableDeclarator: ({ id, init }) => note(nameOf(id), init),
    Property: ({ key, value }) => note(nameOf(key), value),
    AssignmentExpression: ({ left, right }) =>
      note(left.type === 'MemberExpression' ? nameOf(left.property) : nameOf(left), right),
  });
  return found;
}
