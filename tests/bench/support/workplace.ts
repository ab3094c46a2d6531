// Databases and folders for scenarios, studies and peers.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../../support/postgres.ts';
import type { Bench } from './scenario.ts';

export type Workplace = Pick<Bench, 'stack' | 'makeFolder' | 'createDatabase' | 'hostArguments'>;

/** Everything ends with the stack. */
export function openWorkplace(stack: AsyncDisposableStack): Workplace {
  let server: ReturnType<typeof startPostgres> | undefined;
  return {
    stack,
    hostArguments: [],
    async makeFolder() {
      const folder = await mkdtemp(join(tmpdir(), 'jackfield-bench-'));
      stack.defer(() => rm(folder, { recursive: true, force: true }));
      await chmod(folder, 0o755);
      return folder;
    },
    async createDatabase() {
      server ??= startPostgres().then((started) => stack.use(started));
      const { url } = await server;
      const database = `bench_${randomBytes(6).toString('hex')}`;
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(`create database ${database}`);
      await client.end();
      return Object.assign(new URL(url), { pathname: `/${database}` }).href;
    },
  };
}
