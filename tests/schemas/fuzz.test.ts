// Manifests and configs that are almost sound, by the thousand: none crashes the host, none that a second validator refuses is accepted,
// none takes long.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator, type Schema } from '@cfworker/json-schema';
import { validateHostManifest, validatePluginManifest, type PluginManifest } from '@jackfield/schemas';
import { expect, test } from 'vitest';
import { Problem } from '../../host/src/errors.ts';
import { configSchemaOf } from '../../host/src/instances/index.ts';
import { repository } from '../support/plugin-package.ts';
import { createRandom, FULL } from '../support/random.ts';
import { mutated } from './mutate.ts';
import { readSchema, schemaFiles } from './schemas.ts';

const SEED = Number(process.env['JACKFIELD_TEST_SEED'] ?? (FULL ? Math.floor(Math.random() * 1e9) : 7));
/** Of manifests and of configs. */
const EACH = FULL ? 50_000 : 300;
/** Milliseconds of a core for one document. In `npm test` other files share the core's caches. */
const LONGEST = FULL ? 50 : 250;

/** Another implementation of JSON Schema, with the published schemas. Formats are left out: there the two may differ. */
function secondValidator(schema: object): (value: unknown) => boolean {
  const validator = new Validator(withoutFormats(schema) as Schema, '2020-12', true);
  for (const published of schemaFiles.map(readSchema)) {
    if (!('$id' in schema) || published.$id !== schema.$id) validator.addSchema(withoutFormats(published) as Schema);
  }
  return (value) => validator.validate(value).valid;
}

function withoutFormats(schema: unknown): unknown {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) =>
      key === 'format' && typeof value === 'string' ? undefined : value,
    ),
  );
}

interface Verdicts {
  accepted: number;
  refused: number;
  slowest: number;
  /** What should not be: the document's number and seed, which bring it back. */
  readonly faults: string[];
}

/** Judges `EACH` changed copies; `judge` says whether the host accepts one, and throws when it crashes. */
function judgeAll(
  sound: readonly unknown[],
  judge: (value: unknown, from: number) => boolean,
  second: (value: unknown, from: number) => boolean,
): Verdicts {
  const random = createRandom(SEED);
  const verdicts: Verdicts = { accepted: 0, refused: 0, slowest: 0, faults: [] };
  for (let number = 0; number < EACH; number += 1) {
    const from = number % sound.length;
    const value = mutated(sound[from], random);
    const { accepted, time } = timed(() => judge(value, from));
    verdicts.slowest = Math.max(verdicts.slowest, time);
    verdicts[accepted ? 'accepted' : 'refused'] += 1;
    const text = (): string => JSON.stringify(value).slice(0, 2000);
    if (time >= LONGEST) verdicts.faults.push(`${number} took ${time} ms: ${text()}`);
    if (accepted && !second(value, from)) verdicts.faults.push(`${number} is accepted: ${text()}`);
  }
  return verdicts;
}

/** Of this thread alone: what else the machine does must not count, nor a collection of what the ones before have left. */
function timed(judge: () => boolean): { readonly accepted: boolean; readonly time: number } {
  let accepted = false;
  let best = Number.POSITIVE_INFINITY;
  for (let tries = 0; best >= LONGEST && tries < 4; tries += 1) {
    const before = process.threadCpuUsage();
    accepted = judge();
    const { user, system } = process.threadCpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return { accepted, time: best };
}

/** Prints the figures; gives back what is to be checked. */
function report(what: string, { accepted, refused, slowest, faults }: Verdicts): { faults: string[]; fewest: number } {
  process.stdout.write(
    `${what}: ${refused} refused, ${accepted} accepted, slowest ${slowest.toFixed(1)} ms (seed ${SEED})\n`,
  );
  return { faults: faults.slice(0, 3), fewest: Math.min(accepted, refused) };
}

/** They were not all of one kind, and nothing was wrong with any. */
function sound(): object {
  return { faults: [], fewest: expect.toSatisfy((fewest: number) => fewest > EACH / 200) };
}

const built = ['jira', 'fortigate'].map((name): PluginManifest =>
  JSON.parse(readFileSync(join(repository, 'plugins', name, 'dist/plugin.json'), 'utf8')),
);

test(`${EACH} changed manifests of plugins and hosts`, { timeout: 3_600_000 }, () => {
  const plugin = readSchema('plugin-manifest.schema.json');
  const host = readSchema('host-manifest.schema.json');
  const [fitsPlugin, fitsHost] = [secondValidator(plugin), secondValidator(host)];
  const ofPlugins = report(
    'manifests of plugins',
    judgeAll(
      [...plugin.examples, ...built.map(smaller)],
      (value) => validatePluginManifest(value).length === 0,
      fitsPlugin,
    ),
  );
  const ofHosts = report(
    'manifests of hosts',
    judgeAll(host.examples, (value) => validateHostManifest(value).length === 0, fitsHost),
  );
  expect([ofPlugins, ofHosts]).toEqual([sound(), sound()]);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});

/** With one contribution of each kind: a whole one has fifty schemas to compile. */
function smaller(manifest: PluginManifest): unknown {
  const kinds = ['queries', 'streams', 'routes', 'widgets', 'jobs'] as const;
  const one = kinds.flatMap((kind) => {
    const [first] = Object.entries(manifest[kind] ?? {});
    return first === undefined ? [] : [[kind, Object.fromEntries([first])] as const];
  });
  return { ...manifest, ...Object.fromEntries(one) };
}

const CONFIGS: Readonly<Record<string, object>> = {
  jira: { baseUrl: 'https://acme.atlassian.net', email: 'a@b.example', apiToken: 'secret-token' },
  fortigate: { baseUrl: 'https://fw.example', apiToken: 'secret-token' },
};

test(`${EACH} changed configs`, { timeout: 3_600_000 }, () => {
  const schemas = built.map((manifest) => {
    const version = {
      manifest,
      package: 'x',
      bundleFile: '/x',
      hosts: [],
      memoryMb: undefined,
      isolation: 'plugin',
    } as const;
    // As the host says it: an author has to allow what is not named.
    return {
      host: configSchemaOf(version),
      second: secondValidator({ additionalProperties: false, ...manifest.config }),
    };
  });
  const configs = built.map(({ name }) => CONFIGS[name]);
  const accepts = (value: unknown, from: number): boolean => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    try {
      schemas[from]?.host.parse(value as Record<string, unknown>);
      return true;
    } catch (error) {
      if (error instanceof Problem && error.code === 'config_invalid') return false;
      throw error;
    }
  };
  const ofConfigs = report(
    'configs',
    judgeAll(configs, accepts, (value, from) => schemas[from]?.second(value) ?? false),
  );
  expect(ofConfigs).toEqual(sound());
});
