import { validateHostManifest, validateHostManifestEntry } from '@jackfield/schemas';
import { describe, expect, it } from 'vitest';
import { changed, readSchema } from './schemas.ts';

const [sound = {}] = readSchema('host-manifest.schema.json').examples;

const broken: readonly (readonly [string, string, unknown])[] = [
  ['no plugins', '/plugins', undefined],
  ['plugins that are no list', '/plugins', {}],
  ['a member nobody knows', '/plugin', []],
  ['an entry that is no object', '/plugins/0', '@jackfield/plugin-jira'],
  ['an entry without a package', '/plugins/0/package', undefined],
  ['a package name in capitals', '/plugins/0/package', 'Jira'],
  ['a package name that is a path', '/plugins/0/package', '../jira'],
  ['an entry without a path', '/plugins/0/path', undefined],
  ['an empty path', '/plugins/0/path', ''],
  ['a tarball without integrity', '/plugins/1/integrity', undefined],
  ['an integrity of a weaker hash', '/plugins/1/integrity', 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk='],
  ['a version range', '/plugins/1/version', '^1.2.0'],
  ['a version with a v', '/plugins/1/version', 'v1.2.0'],
  ['enabled as text', '/plugins/1/enabled', 'yes'],
  ['a grant nobody knows', '/plugins/1/grant/files', ['/etc']],
  ['granted hosts that are no list', '/plugins/1/grant/hosts', '*'],
  ['a memory grant without measure', '/plugins/1/grant/memoryMb', 1e9],
];

describe('a host manifest', () => {
  it.each(broken)('with %s is refused at that place', (_what, pointer, value) => {
    expect(validateHostManifest(changed(sound, pointer, value))).toEqual([
      { pointer, message: expect.stringMatching(/\S/) },
    ]);
  });

  it('has entries that are checked one by one, with pointers from the entry', () => {
    expect(validateHostManifestEntry({ package: 'a', path: './a.tgz' })).toEqual([
      { pointer: '/integrity', message: 'is required for a tarball' },
    ]);
    expect(validateHostManifestEntry({ package: 'a', path: './a' })).toEqual([]);
  });
});
