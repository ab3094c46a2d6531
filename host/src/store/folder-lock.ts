// One process per PGlite folder: two of them would corrupt it. SQLite's exclusive lock is the operating system's own, so it ends
// with the process however that ends, holds between containers that share the folder, and needs no guess whether a pid is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** Locks a folder until disposed, with `<folder>.lock`; the owner's pid is in `<folder>.pid` for people and for the error. */
export function lockFolder(folder: string): Disposable {
  const lock = new DatabaseSync(`${folder}.lock`, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw new Error(`the lock file ${folder}.lock cannot be used`, { cause: error });
    throw new Error(
      `the database folder ${folder} is in use by process ${ownerOf(folder)}. Stop that process, ` +
        'use another data folder, or set DATABASE_URL to share a PostgreSQL database.',
      { cause: error },
    );
  }
  writeFileSync(`${folder}.pid`, `${process.pid}\n`);
  return { [Symbol.dispose]: () => lock.close() };
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

function ownerOf(folder: string): string {
  try {
    return readFileSync(`${folder}.pid`, 'utf8').trim();
  } catch {
    return '(unknown pid)';
  }
}
