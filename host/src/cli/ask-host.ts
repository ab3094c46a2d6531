// What commands that ask a running host have in common: where it is, and who asks.
import type { Command } from 'commander';
import { createAsk, type Ask } from './api-client.ts';

const ENVIRONMENT = `
Environment:
  JACKFIELD_URL    the host, like --url
  JACKFIELD_TOKEN  an API token of the host`;

/** Gives the command its options, and says what its subcommands ask with. */
export function askHostOf(command: Command): Ask {
  command
    .option('--url <url>', 'the host', process.env['JACKFIELD_URL'] ?? 'http://127.0.0.1:7700')
    .addHelpText('after', ENVIRONMENT);
  return (method, path, body) =>
    createAsk(command.opts<{ url: string }>().url, process.env['JACKFIELD_TOKEN'])(method, path, body);
}
