// The two databases that the host runs on. A suite says `describe.each(databases)`, and every `open()` is a new empty database.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { inject } from 'vitest';
import host from '../../host/package.json' with { type: 'json' };

export interface TestDatabase extends AsyncDisposable {
  /** Undefined for the embedded database. */
  readonly databaseUrl?: string;
  readonly dataFolder: string;
}

export interface DatabaseKind {
  readonly name: 'pglite' | 'postgres';
  open(): Promise<TestDatabase>;
}

/** Alone for what only an embedded database promises. */
export const embedded: DatabaseKind = { name: 'pglite', open: openEmbedded };

/** Alone for what only a server promises. */
export const server: DatabaseKind = { name: 'postgres', open: openOnServer };

export const databases: readonly DatabaseKind[] = [embedded, server];

/** An empty folder of the test's own, removed when disposed. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'jackfield-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function openEmbedded(): Promise<TestDatabase> {
  const folder = await temporaryFolder();
  await cp(await emptyPglite(), join(folder.path, 'database'), { recursive: true });
  return { dataFolder: folder.path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** Making an embedded database takes four seconds, copying one a few milliseconds: the empty one is kept between test runs. */
async function emptyPglite(): Promise<string> {
  const cache = join(import.meta.dirname, '../../node_modules/.cache');
  const folder = join(cache, `empty-pglite-${host.dependencies['@electric-sql/pglite']}`);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(join(cache, 'pglite-'));
  const database = await PGlite.create(unfinished);
  await database.close();
  // Whoever is first keeps the name.
  await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true }));
  return folder;
}

async function openOnServer(): Promise<TestDatabase> {
  const folder = await temporaryFolder();
  const name = `jackfield_test_${randomBytes(6).toString('hex')}`;
  await onServer(`create database ${name}`);
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
