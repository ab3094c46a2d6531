#!/usr/bin/env node
import { Command } from 'commander';
import { BuildError } from '../build/build-error.ts';
import { CommandError } from './command-error.ts';
import { complain } from './print.ts';
import { sdkVersion } from '../build/sdk-version.ts';

const program = new Command('jackfield-plugin')
  .description('Makes, checks and packs Jackfield plugins.')
  .version(sdkVersion);

type AddCommand = (program: Command) => void;

/** Each stands on a lot: only the one that is asked for is loaded. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  create: async () => (await import('./create/command.ts')).addCreateCommand,
  dev: async () => (await import('./dev/command.ts')).addDevCommand,
  test: async () => (await import('./test/command.ts')).addTestCommand,
  record: async () => (await import('./record/command.ts')).addRecordCommand,
  validate: async () => (await import('./validate/command.ts')).addValidateCommand,
  conformance: async () => (await import('./conformance/command.ts')).addConformanceCommand,
  build: async () => (await import('./build/command.ts')).addBuildCommand,
  pack: async () => (await import('./pack/command.ts')).addPackCommand,
};

const asked = Object.entries(COMMANDS).filter(([name]) => name === process.argv[2]);
for (const [, load] of asked.length === 0 ? Object.entries(COMMANDS) : asked) (await load())(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof BuildError) {
    for (const fault of error.faults) complain(fault);
  } else if (error instanceof CommandError) {
    complain(error.message);
    if (error.next !== undefined) complain(error.next);
  } else {
    throw error;
  }
  process.exitCode = 1;
}
