import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { expect, test } from 'vitest';

test('the PostgreSQL server of a test run that is killed goes with it', { timeout: 60_000 }, async () => {
  const support = join(import.meta.dirname, '../support/postgres.ts');
  const program = `
    const { startPostgres } = await import(${JSON.stringify(support)});
    console.log((await startPostgres()).url);
    setInterval(() => {}, 1000);
  `;
  const { TEST_DATABASE_URL: _, ...env } = process.env;
  const run = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  const exited = once(run, 'exit');
  const [url] = await once(createInterface(run.stdout), 'line');
  const answers = async (): Promise<boolean> => {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end();
    }
  };
  expect(await answers()).toBe(true);
  run.kill('SIGKILL');
  await exited;
  await expect.poll(answers, { timeout: 20_000 }).toBe(false);
});
