// `jackfield demo`: sample vendors, a host, a client with an instance and a dashboard of each, made through the REST API as an admin would.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pino from 'pino';
import { Problem } from '../errors.ts';
import { startHost } from '../host.ts';
import { createApiClient, type ApiClient } from './api-client.ts';
import { put, putDashboard, putGlance } from './demo-dashboards.ts';
import { type DemoConfigs, startVendors } from './demo-vendors.ts';
import { runEveryQuery } from './every-query.ts';
import { fetchEveryWidget } from './every-widget.ts';
import { waitForFirstReads } from './first-reads.ts';
import { keptText, newSecret } from './kept-text.ts';
import { untilSignal } from './signals.ts';
import { printPlugins } from './start.ts';

export interface DemoOptions {
  readonly once?: boolean;
  readonly port?: number;
  readonly data: string;
  /** Faults of the sample vendors: `jira:500`, `fortigate:401`. Their `--fault` lists the names. */
  readonly fault?: readonly string[];
}

const PORT = 7700;
const ADMIN = 'demo@example.com';

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
  const kept = options.once ? undefined : dataFolder;

  say('Starting the sample vendors …');
  const vendors = await startVendors(root, kept, options.fault);
  stack.use(vendors);

  say('Starting the host …');
  const adminToken = await keptText(kept, 'demo-token', newSecret);
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
  const widgets = await fillHost(api, vendors.configs);

  if (options.once) {
    const instances = ['demo-jira', 'demo-fortigate'];
    say('Waiting for the first sync …');
    const synced = await waitForFirstReads(api, instances);
    // The queries come last: their summary is the last line.
    const shown = await fetchEveryWidget(api, widgets);
    const answered = await runEveryQuery(api, instances);
    process.exitCode = synced && shown && answered ? 0 : 1;
    return;
  }
  const password = await keptText(dataFolder, 'demo-password', newSecret);
  await putAdmin(api, password);
  process.stdout.write(`\nJackfield is on ${host.url}   login: ${ADMIN}   password: ${password}\n`);
  process.stdout.write(`Its API takes the token ${adminToken}\n\n`);
  for (const path of ['instances/demo-jira/queries/open_by_status', 'dashboards/demo-jira'])
    process.stdout.write(`  curl -H "Authorization: Bearer ${adminToken}" ${host.url}/api/${path}\n`);
  process.stdout.write('\n');
  say('Ctrl-C ends it.');
  await stopped;
  say('Stopping …');
}

/** A client, an instance of each vendor for it and a dashboard of each; the widgets' ids. */
async function fillHost(api: ApiClient, configs: DemoConfigs): Promise<string[]> {
  const clientId = 'demo';
  await put(api, '/api/clients', clientId, { name: 'Demo' });
  const vendors = [
    { plugin: 'jira', name: 'Demo Jira', config: configs.jira },
    { plugin: 'fortigate', name: 'Demo FortiGate', config: configs.fortigate },
  ];
  const widgets: string[] = [];
  for (const { plugin, name, config } of vendors) {
    await put(api, '/api/instances', `demo-${plugin}`, { name, config, clientId }, { plugin });
    widgets.push(...(await putDashboard(api, plugin, name, clientId)));
  }
  widgets.push(...(await putGlance(api, clientId)));
  return widgets;
}

/** Who signs in to the demo's pages. */
async function putAdmin(api: ApiClient, password: string): Promise<void> {
  const made = await api.send('POST', '/api/users', { login: ADMIN, name: 'Demo', role: 'admin', password });
  // There since an earlier start, with the same password.
  if (!made.ok && made.status !== 409) throw new Error(`the demo's user could not be made: ${await made.text()}`);
}

async function temporaryFolder(stack: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'jackfield-demo-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
