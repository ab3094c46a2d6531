// What the whole run shares, and what is left of it at the end: the server, the database to copy, the folder of temporary files.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { buildThreads } from '../../scripts/build-threads.ts';
import { preparedPglite } from './embedded-originals.ts';
import { startPostgres } from './postgres.ts';
import { prepare } from './prepared.ts';
import { repository } from './plugin-package.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
    /** Name of a database to copy. */
    postgresTemplate: string;
    /** Every database of this run has a name that begins so. */
    databasePrefix: string;
    /** Every temporary folder of this run is in it. */
    runFolder: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildThreads();
  const runFolder = await mkdtemp(join(tmpdir(), 'jackfield-test-'));
  // Done at once when nothing in ui/ has changed.
  const build = promisify(execFile)(process.execPath, [join(repository, 'scripts/build-ui.ts')]);
  // Else every process of a first run makes them for itself.
  const [server] = await Promise.all([startPostgres(), build, preparedPglite()]);
  const prefix = `jackfield_test_${randomBytes(4).toString('hex')}_`;
  const template = `${prefix}template`;
  await run(server.url, `create database ${template}`);
  const url = new URL(server.url);
  url.pathname = `/${template}`;
  await prepare({ dataFolder: '', databaseUrl: url.href });
  project.provide('postgresUrl', server.url);
  project.provide('postgresTemplate', template);
  project.provide('databasePrefix', prefix);
  project.provide('runFolder', runFolder);
  return async () => {
    await dropDatabases(server.url, prefix);
    await server[Symbol.asyncDispose]();
    await rm(runFolder, { recursive: true, force: true });
  };
}

async function run(url: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(statement);
  await client.end();
  return rows;
}

async function dropDatabases(url: string, prefix: string): Promise<void> {
  const rows = await run(url, `select datname from pg_database where starts_with(datname, '${prefix}')`);
  for (const { datname } of rows) await run(url, `drop database ${String(datname)} with (force)`);
}
