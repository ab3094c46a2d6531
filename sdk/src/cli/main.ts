#!/usr/bin/env node
import { Command } from 'commander';
import { BuildError } from '../build/build-error.ts';
import { addBuildCommand } from './build/command.ts';
import { CommandError } from './command-error.ts';
import { addCreateCommand } from './create/command.ts';
import { addConformanceCommand } from './conformance/command.ts';
import { addDevCommand } from './dev/command.ts';
import { addPackCommand } from './pack/command.ts';
import { complain } from './print.ts';
import { addRecordCommand } from './record/command.ts';
import { addTestCommand } from './test/command.ts';
import { sdkVersion } from '../build/sdk-version.ts';
import { addValidateCommand } from './validate/command.ts';

const program = new Command('jackfield-plugin')
  .description('Makes, checks and packs Jackfield plugins.')
  .version(sdkVersion);

addCreateCommand(program);
addDevCommand(program);
addTestCommand(program);
addRecordCommand(program);
addValidateCommand(program);
addConformanceCommand(program);
addBuildCommand(program);
addPackCommand(program);

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
