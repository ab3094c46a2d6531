// `jackfield demo`: sample vendors, a host, and an instance of each, made through the REST API as an admin would.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pino from 'pino';
import { Problem } from '../errors.ts';
import { startHost } from '../host.ts';
import { createApiClient, type ApiClient } from './api-client.ts';
import { runEveryQuery } from './every-query.ts';
import { untilSignal } from './signals.ts';
import { startSimulator } from './simulators.ts';
import { printPlugins } from './start.ts';

export interface DemoOptions {
  readonly once?: boolean;
  readonly port?: number;
  readonly data: string;
  /** Faults of the sample vendors: `jira:500`, `fortigate:401`. Their `--fault` lists the names. */
  readonly fault?: readonly string[];
}

const PORT = 7700;

export async function runDemo(options: DemoOptions): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const stopped = untilSignal();
  const root = resolve('.');
  if (!existsSync(join(root, 'plugins/jira/simulator'))) {
    throw new Problem('not_found', `${root} has no sample vendors`, {
      next: 'Run the demo in a clone of the repository.',
    });
  }
  const dataFolder = options.once ? await temporaryFolder(stack) : resolve(options.data);

  say('Starting the sample vendors …');
  const secrets = { jira: newSecret(), fortigate: newSecret() };
  const email = 'demo@example.com';
  const jira = stack.use(
    await startSimulator(join(root, 'plugins/jira/simulator/main.ts'), [
      `--email=${email}`,
      // With the equals sign: a random token may start with a dash.
      `--token=${secrets.jira}`,
      ...faultsOf('jira', options.fault),
    ]),
  );
  const fortigate = stack.use(
    await startSimulator(join(root, 'plugins/fortigate/simulator/main.ts'), [
      `--token=${secrets.fortigate}`,
      ...faultsOf('fortigate', options.fault),
    ]),
  );

  say('Starting the host …');
  const adminToken = options.once ? newSecret() : await keptToken(dataFolder);
  const host = await startHost({
    dataFolder,
    manifestFile: join(root, 'plugins.json'),
    databaseUrl: process.env['DATABASE_URL'],
    adminToken,
    port: options.port ?? (options.once ? 0 : PORT),
    log: pino({ level: 'warn' }, pino.destination(2)),
  });
  stack.use(host);
  printPlugins(host);

  const api = createApiClient(host.url, adminToken);
  await putInstance(api, {
    id: 'demo-jira',
    plugin: 'jira',
    name: 'Demo Jira',
    config: { baseUrl: jira.url, email, apiToken: secrets.jira },
  });
  await putInstance(api, {
    id: 'demo-fortigate',
    plugin: 'fortigate',
    name: 'Demo FortiGate',
    config: { baseUrl: fortigate.url, apiToken: secrets.fortigate },
  });

  if (options.once) {
    process.exitCode = (await runEveryQuery(api, ['demo-jira', 'demo-fortigate'])) ? 0 : 1;
    return;
  }
  process.stdout.write(`\nJackfield answers on ${host.url}   token: ${adminToken}\n\n`);
  process.stdout.write(
    `  curl -H "Authorization: Bearer ${adminToken}" ${host.url}/api/instances/demo-jira/queries/open_by_status\n\n`,
  );
  say('Ctrl-C ends it.');
  await stopped;
  say('Stopping …');
}

function faultsOf(vendor: string, faults: readonly string[] = []): string[] {
  const prefix = `${vendor}:`;
  return faults.flatMap((fault) => (fault.startsWith(prefix) ? [`--fault=${fault.slice(prefix.length)}`] : []));
}

async function putInstance(
  api: ApiClient,
  instance: { id: string; name: string; plugin: string; config: object },
): Promise<void> {
  const made = await api.send('POST', '/api/instances', instance);
  if (made.status === 201) return;
  const { name, config } = instance;
  const changed =
    made.status === 409 ? await api.send('PATCH', `/api/instances/${instance.id}`, { name, config }) : made;
  if (!changed.ok) throw new Error(`instance ${instance.id} could not be made: ${await changed.text()}`);
}

/** The demo's token stays the same from one start to the next. */
async function keptToken(dataFolder: string): Promise<string> {
  const file = join(dataFolder, 'demo-token');
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  if (existsSync(file)) return readFile(file, 'utf8');
  const token = newSecret();
  await writeFile(file, token, { mode: 0o600 });
  return token;
}

async function temporaryFolder(stack: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'jackfield-demo-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function newSecret(): string {
  return randomBytes(24).toString('base64url');
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
