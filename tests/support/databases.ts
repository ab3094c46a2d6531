// The two databases that the host runs on. A suite says `describe.each(databases)`, and every `open()` is a new empty database.
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { emptyPglite, preparedPglite } from './embedded-originals.ts';

export interface TestDatabase extends AsyncDisposable {
  /** Undefined for the embedded database. */
  readonly databaseUrl?: string;
  readonly dataFolder: string;
}

export interface DatabaseKind {
  readonly name: 'pglite' | 'postgres';
  /** With the host's tables in it, and those of its queue: a copy of one that was made once. */
  open(): Promise<TestDatabase>;
  /** Nothing in it. */
  openEmpty(): Promise<TestDatabase>;
}

/** Alone for what only an embedded database promises. */
export const embedded: DatabaseKind = {
  name: 'pglite',
  open: async () => openEmbedded(await preparedPglite()),
  openEmpty: async () => openEmbedded(await emptyPglite()),
};

/** Alone for what only a server promises. */
export const server: DatabaseKind = {
  name: 'postgres',
  // By way of its log, which it does otherwise, the server takes three times as long.
  open: () => openOnServer(`template ${inject('postgresTemplate')} strategy file_copy`),
  openEmpty: () => openOnServer(''),
};

export const databases: readonly DatabaseKind[] = [embedded, server];

/**
 * A host alone on an embedded database takes three times the CPU of one on a server: what says nothing about the database is on the server.
 *
 * For suites of whole hosts that say little about the database: one in `npm test`, both in `npm run test:full`. A room has suites on
 * both all the same.
 */
export const oneOf: readonly DatabaseKind[] = process.env['JACKFIELD_TEST_SCALE'] === 'full' ? databases : [server];

/** An empty folder of the test's own, removed when disposed, and at the latest when the test run ends. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(inject('runFolder'), 'test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function openEmbedded(original: string): Promise<TestDatabase> {
  const folder = await temporaryFolder();
  await cp(original, join(folder.path, 'database'), { recursive: true });
  return { dataFolder: folder.path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

async function openOnServer(template: string): Promise<TestDatabase> {
  const folder = await temporaryFolder();
  const name = `${inject('databasePrefix')}${randomBytes(6).toString('hex')}`;
  await onServer(`create database ${name} ${template}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return {
    databaseUrl: url.href,
    dataFolder: folder.path,
    async [Symbol.asyncDispose]() {
      await onServer(`drop database ${name} with (force)`);
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
