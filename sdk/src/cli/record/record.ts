// `jackfield-plugin record`: asks a real vendor through a host's gateway and keeps what it answered, without secrets.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { BuildOptions } from '../../build/draft.ts';
import { formatCassette } from '../../cassette/index.ts';
import { openPlugin, type OpenedPlugin } from '../../testing/index.ts';

export interface RecordOptions extends BuildOptions {
  /** Of the instance, with its secrets: none of them is kept. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Ids of queries; default: all that need no params. */
  readonly queries?: readonly string[];
  /** Params by query. */
  readonly params?: Readonly<Record<string, Record<string, unknown>>>;
  /** Ids of streams, read once from the beginning; default: all. */
  readonly streams?: readonly string[];
  readonly print: (line: string) => void;
}

/** Writes the cassette, also when something failed: failures are worth playing, too. @throws CassetteError when a secret is left in it. */
export async function recordCassette(folder: string, file: string, options: RecordOptions): Promise<void> {
  const { config, print, ...build } = options;
  await using plugin = await openPlugin(folder, { ...pick(build), config, record: true, waits: 'real' });
  if (plugin.manifest.check) await tell('check', () => plugin.check(), print);
  for (const id of options.queries ?? queriesOf(plugin)) {
    await tell(`query ${id}`, () => plugin.query(id, options.params?.[id] ?? {}), print);
  }
  for (const id of options.streams ?? Object.keys(plugin.manifest.streams ?? {})) {
    await tell(`stream ${id}`, () => plugin.stream(id).read(), print);
  }
  const path = resolve(folder, file);
  await mkdir(dirname(path), { recursive: true });
  const cassette = plugin.cassette();
  await writeFile(path, formatCassette(cassette));
  print(`${file}  ${cassette.exchanges.length} calls`);
}

function pick({ entry, allowMissingBuiltins }: BuildOptions): BuildOptions {
  return { ...(entry === undefined ? {} : { entry }), ...(allowMissingBuiltins ? { allowMissingBuiltins } : {}) };
}

/** Synced ones ask no vendor. */
function queriesOf({ manifest: { queries } }: OpenedPlugin): string[] {
  return Object.entries(queries)
    .filter(([, { source, params }]) => source !== 'synced' && !Array.isArray(params['required']))
    .map(([id]) => id);
}

async function tell(
  what: string,
  ask: () => Promise<{ readonly vendorCalls: number }>,
  print: (line: string) => void,
): Promise<void> {
  try {
    const { vendorCalls } = await ask();
    print(`${what}  ${vendorCalls} ${vendorCalls === 1 ? 'call' : 'calls'}`);
  } catch (error) {
    print(`${what}  failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
