// `jackfield users …`: people who sign in.
import { type Command, Option } from 'commander';
import type { UserView } from '../access/index.ts';
import { systemClock } from '../clock.ts';
import { ROLES } from '../roles.ts';
import { type Ask, createAsk } from './api-client.ts';
import { askHostOf } from './ask-host.ts';
import { CommandError } from './command-error.ts';
import { distanceText } from './duration-text.ts';
import { readPassword } from './password.ts';
import { printTable } from './table.ts';

interface CreateOptions {
  readonly role: string;
  readonly client?: readonly string[];
  readonly name?: string;
  readonly password: boolean;
}

export function addUserCommands(program: Command): void {
  const users = program.command('users').description('people who sign in; for admins');
  const ask = askHostOf(users);
  const role = new Option('--role <role>', 'what they may do').choices(ROLES);

  users
    .command('first')
    .description('make the first admin, with the link that the host printed when it started')
    .argument('<link>')
    .argument('<login>')
    .option('--name <name>')
    .action(async (link: string, login: string, { name }: { name?: string }) => {
      const { origin, token } = partsOf(link);
      const password = await readPassword();
      // Whoever has the link needs nothing else.
      await createAsk(origin, '')('POST', '/api/setup', { token, login, name: name ?? login, password });
      process.stderr.write(`${login} is an admin.\n`);
    });

  users
    .command('create')
    .description('make somebody who can sign in; the password is asked for, or read from stdin')
    .argument('<login>')
    .addOption(role.makeOptionMandatory())
    .option('--name <name>')
    .option('--client <id...>', 'the only clients whose things they see')
    .option('--no-password', 'they sign in elsewhere')
    .action(async (login: string, options: CreateOptions) => {
      const password = options.password ? await readPassword() : null;
      const { role: chosen, name = login, client: clients = null } = options;
      const made = await ask<UserView>('POST', '/api/users', { login, name, role: chosen, clients, password });
      process.stderr.write(`User ${made.id} is made.\n`);
    });

  users
    .command('list')
    .description('everybody, by login')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const listed = await readUsers(ask);
      if (json === true) process.stdout.write(`${JSON.stringify(listed, undefined, 2)}\n`);
      else printTable(['login', 'name', 'role', 'clients', 'signed in', 'state'], listed.map(cellsOf));
    });

  addChanges(users, ask);
}

function addChanges(users: Command, ask: Ask): void {
  const change = async (login: string, what: object, done: string): Promise<void> => {
    await ask('PATCH', `/api/users/${await idOf(ask, login)}`, what);
    process.stderr.write(`${login} ${done}.\n`);
  };

  users
    .command('enable')
    .argument('<login>')
    .action((login: string) => change(login, { enabled: true }, 'is enabled'));
  users
    .command('disable')
    .description('they are signed out at once, and cannot sign in')
    .argument('<login>')
    .action((login: string) => change(login, { enabled: false }, 'is disabled'));
  users
    .command('password')
    .description('give somebody another password, which signs them out')
    .argument('<login>')
    .action(async (login: string) => change(login, { password: await readPassword() }, 'has another password'));
  users
    .command('sign-out')
    .description('end all sessions of somebody')
    .argument('<login>')
    .action(async (login: string) => {
      await ask('DELETE', `/api/users/${await idOf(ask, login)}/sessions`);
      process.stderr.write(`${login} is signed out.\n`);
    });
}

async function readUsers(ask: Ask): Promise<readonly UserView[]> {
  return (await ask<{ users: UserView[] }>('GET', '/api/users')).users;
}

async function idOf(ask: Ask, login: string): Promise<string> {
  const found = (await readUsers(ask)).find((user) => user.login === login.toLowerCase());
  if (found === undefined)
    throw new CommandError(`there is no user "${login}"`, '`jackfield users list` shows who there is.');
  return found.id;
}

function cellsOf({ login, name, role, clients, signedInAt, enabled }: UserView): string[] {
  const seen = distanceText(signedInAt, systemClock.now());
  return [login, name, role, clients === null ? 'all' : clients.join(', ') || 'none', seen, enabled ? 'on' : 'off'];
}

function partsOf(link: string): { readonly origin: string; readonly token: string } {
  const [, origin, token] = /^(https?:\/\/\S+)\/setup#(\S+)$/.exec(link) ?? [];
  if (origin === undefined || token === undefined)
    throw new CommandError('that is not the link that the host printed', 'It looks like http://host:7700/setup#….');
  return { origin, token };
}
