#!/usr/bin/env node
import { Command } from 'commander';
import { BuildError } from '../build/build-error.ts';
import { addBuildCommand } from './build/command.ts';
import { complain } from './print.ts';
import { sdkVersion } from '../build/sdk-version.ts';
import { addValidateCommand } from './validate/command.ts';

const program = new Command('jackfield-plugin')
  .description('Makes, checks and packs Jackfield plugins.')
  .version(sdkVersion);

addValidateCommand(program);
addBuildCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  for (const fault of error.faults) complain(fault);
  process.exitCode = 1;
}
