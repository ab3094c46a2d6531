// `jackfield tokens …`: the API tokens of programs.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../clock.ts';
import { ROLES } from '../roles.ts';
import type { TokenView } from '../access/index.ts';
import { askHostOf } from './ask-host.ts';
import { distanceText } from './duration-text.ts';
import { printTable } from './table.ts';

interface CreateOptions {
  readonly role: string;
  readonly client?: readonly string[];
  readonly days?: number;
}

export function addTokenCommands(program: Command): void {
  const tokens = program.command('tokens').description('API tokens of programs; for admins');
  const ask = askHostOf(tokens);

  tokens
    .command('create')
    .description('make a token and print it, this once')
    .argument('<name>', 'what it is for')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .option('--client <id...>', 'the only clients whose things it is good for')
    .option('--days <days>', 'how long it is good for; left out: until it is revoked', parseDays)
    .action(async (name: string, { role, client, days }: CreateOptions) => {
      const expiresInMs = days === undefined ? null : days * DAY;
      const made = await ask<{ id: string; token: string }>('POST', '/api/tokens', {
        name,
        role,
        clients: client ?? null,
        expiresInMs,
      });
      // Alone on stdout, so that a script can take it.
      process.stderr.write(`Token ${made.id}, shown this once:\n`);
      process.stdout.write(`${made.token}\n`);
    });

  tokens
    .command('list')
    .description('the tokens, the newest first')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const listed = (await ask<{ tokens: TokenView[] }>('GET', '/api/tokens')).tokens;
      if (json === true) process.stdout.write(`${JSON.stringify(listed, undefined, 2)}\n`);
      else printTable(['id', 'name', 'role', 'clients', 'last used', 'expires'], listed.map(cellsOf));
    });

  tokens
    .command('revoke')
    .description('end a token: it is good for nothing within five seconds')
    .argument('<id>')
    .action(async (id: string) => {
      await ask('DELETE', `/api/tokens/${encodeURIComponent(id)}`);
      process.stderr.write(`Token ${id} is revoked.\n`);
    });
}

const DAY = 86_400_000;

function cellsOf({ id, name, role, clients, lastUsedAt, expiresAt, revokedAt }: TokenView): string[] {
  const now = systemClock.now();
  const end = revokedAt === null ? distanceText(expiresAt, now) : `revoked ${distanceText(revokedAt, now)}`;
  return [id, name, role, clients === null ? 'all' : clients.join(', ') || 'none', distanceText(lastUsedAt, now), end];
}

function parseDays(text: string): number {
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > 3650) throw new InvalidArgumentError('days are 1 to 3650');
  return days;
}
