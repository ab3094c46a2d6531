#!/usr/bin/env node
import { Command, InvalidArgumentError } from 'commander';
import { Problem } from '../errors.ts';
import { CommandError } from './command-error.ts';
import type { DemoOptions } from './demo.ts';
import type { StartOptions } from './start.ts';
import { addAuditCommands } from './audit-commands.ts';
import { addClientsCommands } from './clients-commands.ts';
import { addKeysCommands } from './keys-commands.ts';
import { addLegacyCommands } from './legacy-commands.ts';
import { addPluginCommands } from './plugin-commands.ts';
import { addSyncCommands } from './sync-commands.ts';
import { addTokenCommands } from './token-commands.ts';
import { addUserCommands } from './user-commands.ts';

const program = new Command('jackfield').description(
  'A plugin host for the vendor systems of security service providers.',
);

program
  .command('start')
  .description('start a host')
  .option('--data <folder>', 'where the host keeps its data', process.env['JACKFIELD_DATA'] ?? '.jackfield')
  .option('--plugins <file>', 'the host manifest', process.env['JACKFIELD_PLUGINS'] ?? 'plugins.json')
  .option('--address <address>', 'address to listen on', process.env['JACKFIELD_ADDRESS'] ?? '127.0.0.1')
  .option(
    '--port <port>',
    'port to listen on, 0 for any',
    parsePort,
    parsePort(process.env['JACKFIELD_PORT'] ?? '7700'),
  )
  .option('--log-level <level>', 'debug, info, warn or error', process.env['JACKFIELD_LOG_LEVEL'] ?? 'info')
  .addHelpText(
    'after',
    `
Environment:
  DATABASE_URL           PostgreSQL; without it an embedded database in the data folder is used
  JACKFIELD_MASTER_KEY   32 bytes as base64 or hex, older ones after commas; without it a key file is made in the data folder
  JACKFIELD_REFERENCE_ENV_PREFIX, JACKFIELD_REFERENCE_FOLDER  where secrets may be that instances only refer to
  JACKFIELD_ACCEPT_LOST_KEYS=yes  start although secrets were sealed with a master key that is lost; they can be set again
  JACKFIELD_ADMIN_TOKEN  an admin token of your choice; without it one is made and printed once
  JACKFIELD_PUBLIC_URL   where people reach the host, when that is not where it listens
  JACKFIELD_REGISTRY, JACKFIELD_REGISTRY_TOKEN  where plugin packages are fetched from by name; without them npm's own registry
  JACKFIELD_ORIGINS      other sites whose pages may ask for whoever is signed in, separated by commas
  JACKFIELD_TRUSTED_PROXIES  addresses and networks of proxies in front of the host, separated by commas
  JACKFIELD_OIDC_…       the provider that people sign in with: see the README`,
  )
  // Loaded when it is wanted: a command that only asks a host need not wait for a host's code.
  .action(async (options: StartOptions) => (await import('./start.ts')).runStart(options));

program
  .command('demo')
  .description('start sample vendors and a host with an instance of each')
  .option('--once', 'sync every stream, run every widget and every query once, print tables and end')
  .option('--port <port>', 'port to listen on, 0 for any', parsePort)
  .option('--data <folder>', 'where the host keeps its data', '.jackfield')
  .option('--fault <vendor:name>', 'make a sample vendor misbehave: jira:500, fortigate:401', collectFault)
  .action(async (options: DemoOptions) => (await import('./demo.ts')).runDemo(options));

addPluginCommands(program);
addSyncCommands(program);
addKeysCommands(program);
addClientsCommands(program);
addAuditCommands(program);
addTokenCommands(program);
addUserCommands(program);
addLegacyCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const next =
    error instanceof Problem ? error.toDocument().next : error instanceof CommandError ? error.next : undefined;
  process.stderr.write(`jackfield: ${message}\n${next === undefined ? '' : `${next}\n`}`);
  if (process.env['JACKFIELD_LOG_LEVEL'] === 'debug' && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
}

function collectFault(text: string, before: readonly string[] = []): readonly string[] {
  if (!/^(jira|fortigate):./.test(text)) throw new InvalidArgumentError('a fault is jira:<name> or fortigate:<name>');
  return [...before, text];
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new InvalidArgumentError('a port is 0 to 65535');
  return port;
}
