// The house's layers as one table, and a check of every file against it. Lint says most of it in the editor; this says all of it.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { importsOf } from './support/imports.ts';

interface Row {
  /** Rooms whose files this room may import; its own are always allowed. */
  readonly rooms: readonly string[];
  /** Packages: an exact name, `name/*` for its subpaths, `npm` for any dependency that the workspace declares. */
  readonly packages: readonly string[];
}

const SCHEMAS = ['@jackfield/schemas', '@jackfield/schemas/*'];
const HOST_PACKAGES = [
  ...SCHEMAS,
  '@jackfield/sdk/runtime',
  '@jackfield/sdk/runtime/*',
  '@jackfield/sdk/cassette',
  'node:*',
  'npm',
];
const DOMAINS = [
  'catalog',
  'sandbox',
  'gateway',
  'clients',
  'secrets',
  'instances',
  'lifecycle',
  'health',
  'queries',
  'sync',
  'views',
  'routes',
  'widgets',
  'reminders',
  'live',
  'telemetry',
  'access',
  'legacy',
].map((name) => `host/${name}`);
const BELOW_HTTP = [...DOMAINS, 'host/kernel', 'host/store', 'host/root'];
/** What the app and the widget have in common. */
const UI_SHARED = ['ui/live', 'ui/files', 'ui/charts'];
const domain: Row = { rooms: BELOW_HTTP, packages: HOST_PACKAGES };

/** Room → what it may import. `host/root` is errors.ts, limits.ts, clock.ts and their like; `host/main` is host.ts and index.ts. */
const TABLE: Readonly<Record<string, Row>> = {
  schemas: { rooms: [], packages: ['node:*', 'npm'] },
  'sdk/define': { rooms: [], packages: [...SCHEMAS, 'npm'] },
  'sdk/runtime': { rooms: ['sdk/define'], packages: [...SCHEMAS, 'node:*', 'npm'] },
  'sdk/cassette': { rooms: [], packages: [...SCHEMAS, 'node:*'] },
  'sdk/testing': {
    rooms: ['sdk/define', 'sdk/runtime', 'sdk/build', 'sdk/cassette'],
    packages: [...SCHEMAS, 'node:*', 'npm'],
  },
  'sdk/build': { rooms: ['sdk/define', 'sdk/runtime'], packages: [...SCHEMAS, 'node:*', 'npm'] },
  'sdk/cli': {
    rooms: ['sdk/define', 'sdk/runtime', 'sdk/build', 'sdk/testing', 'sdk/cassette'],
    packages: [...SCHEMAS, 'node:*', 'npm'],
  },
  'sdk/main': { rooms: ['sdk/define'], packages: SCHEMAS },
  'host/root': { rooms: [], packages: [...SCHEMAS, 'node:*', 'npm'] },
  'host/kernel': { rooms: [], packages: [...SCHEMAS, 'tapable', 'node:*'] },
  'host/store': { rooms: ['host/kernel', 'host/root'], packages: HOST_PACKAGES },
  ...Object.fromEntries(DOMAINS.map((name) => [name, domain])),
  // Of the app it knows where its built files lie.
  'host/http': { rooms: BELOW_HTTP, packages: [...HOST_PACKAGES, '@jackfield/ui/package.json'] },
  // What tests of plugins open in the place of a host.
  'host/testing': { rooms: BELOW_HTTP, packages: [...HOST_PACKAGES, '@jackfield/sdk/testing'] },
  'host/main': { rooms: [...BELOW_HTTP, 'host/http'], packages: HOST_PACKAGES },
  'host/cli': { rooms: [...BELOW_HTTP, 'host/http', 'host/main'], packages: HOST_PACKAGES },
  // Of the host it knows what the API answers: types, which the page's bundle has nothing of.
  'ui/live': { rooms: [], packages: ['npm'] },
  'ui/files': { rooms: [], packages: [] },
  'ui/charts': { rooms: [], packages: [...SCHEMAS, 'npm'] },
  'ui/app': { rooms: UI_SHARED, packages: [...SCHEMAS, '@jackfield/host/answers', 'npm'] },
  'ui/widget': { rooms: UI_SHARED, packages: [...SCHEMAS, 'npm'] },
  'plugin/src': { rooms: [], packages: ['@jackfield/sdk'] },
  'plugin/simulator': { rooms: [], packages: ['node:*'] },
};

const LINES = 400;
const GENERATED = new Set(['schemas/src/generated.ts']);
const ROOT = join(import.meta.dirname, '..');

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT })
  .toString()
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(ROOT, file)));
const sources = files.filter((file) => /\.tsx?$/.test(file) && !GENERATED.has(file));
const known = new Map<string, ReturnType<typeof importsOf>>();
/** Parsed once: several rules ask. */
const importsIn = (file: string): ReturnType<typeof importsOf> => {
  const imports = known.get(file) ?? importsOf(read(file), file.endsWith('x') ? 'tsx' : 'ts');
  known.set(file, imports);
  return imports;
};
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** The workspace, the room, and what must not be left by a relative import. Undefined: tests, scripts and configs are free. */
function placeOf(file: string): { workspace: string; room: string } | undefined {
  const plugin = /^(plugins\/[^/]+)\/(src|simulator)\//.exec(file);
  if (plugin) return { workspace: plugin[1] ?? '', room: `plugin/${plugin[2]}` };
  const part = /^ui\/src\/(widget|live|files|charts)\//.exec(file)?.[1];
  if (file.startsWith('ui/src/')) return { workspace: 'ui', room: `ui/${part ?? 'app'}` };
  const [, workspace = '', folder] = /^(schemas|sdk|host)\/src\/(?:([^/]+)\/)?/.exec(file) ?? [];
  if (workspace === '') return undefined;
  if (workspace === 'schemas') return { workspace, room: 'schemas' };
  if (folder !== undefined) return { workspace, room: `${workspace}/${folder}` };
  const isMain = workspace === 'sdk' || /\/(host|index|answers)\.ts$/.test(file);
  return { workspace, room: `${workspace}/${isMain ? 'main' : 'root'}` };
}

const dependenciesOf = (workspace: string): readonly string[] => {
  const { dependencies, devDependencies } = JSON.parse(read(`${workspace}/package.json`)) as Record<string, object>;
  // What the app uses is inside what is built of it: nobody installs it.
  return Object.keys({ ...dependencies, ...(workspace === 'ui' ? devDependencies : {}) });
};

function packageAllowed(specifier: string, workspace: string, row: Row): boolean {
  return row.packages.some((allowed) => {
    if (allowed === 'npm') {
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
      return !name.startsWith('@jackfield/') && dependenciesOf(workspace).includes(name);
    }
    return allowed.endsWith('*') ? specifier.startsWith(allowed.slice(0, -1)) : specifier === allowed;
  });
}

/** Why this import breaks the house's rules; undefined when it does not. */
function refusal(file: string, specifier: string): string | undefined {
  const from = placeOf(file);
  if (from === undefined) return undefined;
  const row = TABLE[from.room];
  if (row === undefined) return `room ${from.room} has no row in the table of tests/architecture.test.ts: add one`;
  if (!specifier.startsWith('.')) {
    if (packageAllowed(specifier, from.workspace, row)) return undefined;
    return `${from.room} may import the packages ${row.packages.join(', ')} (npm: dependencies of ${from.workspace}/package.json)`;
  }
  const target = normalize(join(dirname(file), specifier));
  const to = placeOf(target);
  if (!target.startsWith(`${from.workspace}/`)) return `a relative import stays inside ${from.workspace}`;
  // Data of the same workspace (package.json, a fixture) belongs to no room.
  if (to === undefined) return /\.tsx?$/.test(target) ? `${target} is in no room` : undefined;
  if (to.room === from.room) return undefined;
  if (!row.rooms.includes(to.room)) return `${from.room} may import the rooms ${row.rooms.join(', ') || '(none)'}`;
  const hasFace = to.workspace === 'host' && to.room !== 'host/root' && to.room !== 'host/main';
  if (hasFace && target !== `host/src/${to.room.slice('host/'.length)}/index.ts`) {
    return `${to.room} is entered through its index.ts`;
  }
  return undefined;
}

/** The first cycle found from each file, as a path that ends where it begins. */
function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start !== -1) cycles.push([...path.slice(start), file].join(' → '));
    if (start !== -1 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
}

const runTimeImports = (file: string): string[] =>
  importsIn(file)
    .filter((found) => !found.typeOnly && /^\..*\.tsx?$/.test(found.specifier))
    .map((found) => normalize(join(dirname(file), found.specifier)));

test('every import follows the table', () => {
  const broken = sources.flatMap((file) =>
    placeOf(file) === undefined
      ? []
      : importsIn(file).flatMap(({ specifier, line }) => {
          const rule = refusal(file, specifier);
          return rule === undefined ? [] : [`${file}:${line} imports "${specifier}": ${rule}`];
        }),
  );
  expect(sources.filter((file) => placeOf(file) !== undefined).length).toBeGreaterThan(10);
  expect(broken).toEqual([]);
});

test.for([
  ['host/src/kernel/hooks.ts', '../errors.ts', 'host/kernel may import the rooms (none)'],
  ['host/src/kernel/hooks.ts', 'fastify', 'host/kernel may import the packages'],
  ['host/src/queries/run.ts', '../http/index.ts', 'host/queries may import the rooms'],
  ['host/src/queries/run.ts', '../sandbox/pool.ts', 'host/sandbox is entered through its index.ts'],
  ['host/src/queries/deep/run.ts', '../../sandbox/pool.ts', 'host/sandbox is entered through its index.ts'],
  ['host/src/http/server.ts', '../cli/main.ts', 'host/http may import the rooms'],
  ['host/src/host.ts', './cli/index.ts', 'host/main may import the rooms'],
  ['host/src/queries/run.ts', '@jackfield/sdk', 'host/queries may import the packages'],
  ['host/src/queries/run.ts', 'left-pad', 'host/queries may import the packages'],
  ['host/src/brand-new/part.ts', 'node:fs', 'room host/brand-new has no row'],
  ['sdk/src/runtime/fetch.ts', '../cli/main.ts', 'sdk/runtime may import the rooms sdk/define'],
  ['sdk/src/define/plugin.ts', '../runtime/index.ts', 'sdk/define may import the rooms (none)'],
  ['sdk/src/cli/main.ts', '@jackfield/host', 'sdk/cli may import the packages'],
  ['host/src/http/app.ts', '@jackfield/ui', 'host/http may import the packages'],
  ['ui/src/api/client.ts', '@jackfield/host', 'ui/app may import the packages'],
  ['ui/src/api/client.ts', '../widget/element.ts', 'ui/app may import the rooms ui/live'],
  ['ui/src/widget/element.ts', '../api/client.ts', 'ui/widget may import the rooms ui/live'],
  ['schemas/src/index.ts', '../../sdk/src/index.ts', 'a relative import stays inside schemas'],
  ['plugins/jira/src/index.ts', 'node:fs', 'plugin/src may import the packages @jackfield/sdk'],
  ['plugins/jira/src/index.ts', '@jackfield/sdk/runtime', 'plugin/src may import the packages @jackfield/sdk'],
  ['plugins/jira/src/index.ts', '../simulator/server.ts', 'plugin/src may import the rooms (none)'],
  ['plugins/jira/simulator/server.ts', '../../fortigate/simulator/server.ts', 'stays inside plugins/jira'],
  ['plugins/jira/simulator/server.ts', 'undici', 'plugin/simulator may import the packages node:*'],
] as const)('%s must not import %s', ([file, specifier, rule]) => {
  expect(refusal(file, specifier)).toContain(rule);
});

test.for([
  ['host/src/queries/run.ts', '../sandbox/index.ts'],
  ['host/src/queries/deep/run.ts', '../part.ts'],
  ['host/src/queries/run.ts', '../errors.ts'],
  ['host/src/cli/main.ts', '../host.ts'],
  ['host/src/store/open.ts', 'kysely'],
  ['host/src/sandbox/pool.ts', '@jackfield/sdk/runtime'],
  ['plugins/jira/simulator/server.ts', './issues.json'],
] as const)('%s may import %s', ([file, specifier]) => {
  expect(refusal(file, specifier)).toBeUndefined();
});

test('every form of import is seen, and a comment is not one', () => {
  const text = `import type { A } from 'a';
    // import 'comment'
    import { type B } from 'b'; import 'c'; export * from 'd'; export type * from 'e'; export { type F } from 'f';
    await import('g'); let h: import('h').H; import.meta.resolve('i'); const j = "import 'string'";`;
  const found = importsOf(text).map(({ specifier, typeOnly }) => specifier + (typeOnly ? ' type' : ''));
  expect(found).toEqual(['a type', 'b', 'c', 'd', 'e type', 'f', 'g', 'h type', 'i']);
});

test('no files import each other in a circle at run time', () => {
  expect(cyclesOf(new Map(sources.map((file) => [file, runTimeImports(file)])))).toEqual([]);
});

test('a circle of three files is found', () => {
  const graph = new Map(Object.entries({ start: ['a'], a: ['b'], b: ['c', 'leaf'], c: ['a'], leaf: [] }));
  expect(cyclesOf(graph)).toEqual(['a → b → c → a']);
});

test(`no file is longer than ${LINES} lines`, () => {
  const lengths = sources.map((file) => ({ file, lines: read(file).trimEnd().split('\n').length }));
  expect(lengths.filter(({ lines }) => lines > LINES)).toEqual([]);
});

const FOREIGN = [
  { what: 'a path of one machine', pattern: /(?<![\w.:~}-])\/(?:work|root|home\/[a-z]\w*)\// },
  {
    what: 'a registry host',
    pattern: /\bregistry\.(?:npmjs|yarnpkg)\.|\bnpm\.pkg\.github\.|\b(?:artifactory|nexus)\./,
  },
  // The formatter makes quotes of those in Markdown.
  { what: 'two sides of a merge', pattern: /^(?:<{7}|>{7}|(?:> ){6}>) / },
];
const foreignIn = (text: string): string[] =>
  text
    .split('\n')
    .flatMap((line, index) =>
      FOREIGN.filter(({ pattern }) => pattern.test(line)).map(
        ({ what }) => `${index + 1} names ${what}: ${line.trim()}`,
      ),
    );

test('no file names a path of one machine, a registry host or two sides of a merge', () => {
  expect(files.flatMap((file) => foreignIn(read(file)).map((finding) => `${file}:${finding}`))).toEqual([]);
});

test('a path of one machine and a registry host are found, a URL is not', () => {
  const lines = [
    ['', 'work', 'main'].join('/'),
    ['https://registry', 'npmjs', 'org'].join('.'),
    'https://a.example/work/1',
  ];
  expect(foreignIn(lines.join('\n')).map((finding) => finding.split(':')[0])).toEqual([
    '1 names a path of one machine',
    '2 names a registry host',
  ]);
});

test('every dependency is pinned to one version', () => {
  const ranges = files
    .filter((file) => /(^|\/)package\.json$/.test(file))
    .flatMap((file) => {
      const { dependencies, devDependencies } = JSON.parse(read(file)) as Record<string, Record<string, string>>;
      return Object.entries({ ...dependencies, ...devDependencies })
        .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        .map(([name, version]) => `${file}: ${name} is "${version}", name one version`);
    });
  expect(ranges).toEqual([]);
});
