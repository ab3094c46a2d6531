import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { BuildOptions } from '../../build/draft.ts';
import { withBuildOptions } from '../build/command.ts';
import { print } from '../print.ts';
import { recordCassette } from './record.ts';

interface Options extends BuildOptions {
  readonly folder: string;
  readonly config: string;
  readonly query?: readonly string[];
  readonly stream?: readonly string[];
  readonly params?: Record<string, Record<string, unknown>>;
}

export function addRecordCommand(program: Command): void {
  withBuildOptions(
    program
      .command('record')
      .description('asks the vendor, and keeps what it answers as a cassette for tests; secrets are taken out')
      .argument('[name]', 'name of the cassette', 'vendor')
      .requiredOption(
        '--config <file>',
        'JSON with the config of an instance, secrets included; keep it out of the repository',
      )
      .option('--query <ids...>', 'queries to run (default: all that need no params)')
      .option('--stream <ids...>', 'streams to read once (default: all)')
      .option('--params <json>', 'params by query: {"items":{"state":"open"}}', parseParams)
      .option('--folder <folder>', 'folder of the plugin package', '.'),
  ).action(async (name: string, { folder, config, query, stream, ...options }: Options) => {
    await recordCassette(folder, `cassettes/${name}.json`, {
      ...options,
      config: JSON.parse(await readFile(config, 'utf8')),
      ...(query === undefined ? {} : { queries: query }),
      ...(stream === undefined ? {} : { streams: stream }),
      print,
    });
  });
}

function parseParams(text: string): Record<string, Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, Record<string, unknown>>;
  } catch {
    throw new InvalidArgumentError('it must be JSON');
  }
}
