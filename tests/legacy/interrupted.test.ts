// An import whose host is killed in the middle, gone on with by the command line on the next one.
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import type { ImportReport } from '../../host/src/legacy/index.ts';
import { openStore } from '../../host/src/store/index.ts';
import { newCanary } from '../support/canary.ts';
import { server, type TestDatabase } from '../support/databases.ts';
import { fortigate } from '../support/first-party.ts';
import { ADMIN_TOKEN } from '../support/host.ts';
import { type HostProcess, runCli, startHostProcess } from '../support/host-process.ts';
import { silentLog } from '../support/log.ts';

/** Several transactions of them. Switched off, so that no vendor is asked for their rows. */
const INSTANCES = 240;

describe('an import whose host is killed', () => {
  let place: TestDatabase;
  let host: HostProcess;
  const canary = newCanary('key');

  const rows = async <T>(statement: string): Promise<T[]> => {
    await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
    return (await sql.raw<T>(statement).execute(store.db)).rows;
  };
  const count = async (table: string): Promise<number> =>
    Number((await rows<{ n: string }>(`select count(*)::text as n from ${table}`))[0]?.n);

  beforeAll(async () => {
    place = await server.open();
    await rows(`insert into external_systems (id, system_name) values (1, 'fortinet')`);
    await rows(`
      insert into external_system_instances (system_id, is_active, instance_name, base_url, auth_config)
      select 1, false, 'Firewall ' || n, 'https://fw-' || n || '.example', jsonb_build_object('token', n || '${canary}')
      from generate_series(1, ${INSTANCES}) n`);
    host = await startHostProcess(place, { plugins: [fortigate] });
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test('goes on where it was, and ends as one that nobody has interrupted', { timeout: 120_000 }, async () => {
    const response = await host.api.send('POST', '/api/legacy/import', {});
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(JSON.parse((await reader?.read())?.value?.split('\n')[0] ?? '{}')).toMatchObject({ kind: 'progress' });
    process.kill(host.pid, 'SIGKILL');
    await reader?.read().catch(() => undefined);
    await host.exited;

    const before = await count('instance');
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(INSTANCES);
    // What is there has its link, its place in the ledger and its secret.
    expect([await count('instance_secret'), await count(`legacy_link where kind = 'instance'`)]).toEqual([
      before,
      before,
    ]);

    host = await startHostProcess(place, { plugins: [fortigate] });
    const env = { JACKFIELD_URL: host.url, JACKFIELD_TOKEN: ADMIN_TOKEN };
    await using cli = runCli(['legacy', 'import', '--json'], env);
    expect((await cli.exited)[0]).toBe(0);
    const text = cli.output.join('\n');
    const report = JSON.parse(text.slice(text.indexOf('{\n'), text.lastIndexOf('}') + 1)) as ImportReport;
    const [, instances] = report.tables
      .map(({ made, unchanged, quarantined }) => ({ made, unchanged, quarantined }))
      .toSorted((a, b) => a.made - b.made);
    expect(instances).toEqual({ made: INSTANCES - before, unchanged: before, quarantined: 0 });
    expect(text).toMatch(/\d+ of \d+ rows, now of external_system_instances/);
    expect(text).not.toContain(canary);
    expect([await count('instance'), await count('instance_secret')]).toEqual([INSTANCES, INSTANCES]);
    expect(await count(`(select name from instance group by name having count(*) > 1) as twice`)).toBe(0);
  });

  test('jackfield legacy parity says that both shapes are the same, and fails when they are not', async () => {
    const env = { JACKFIELD_URL: host.url, JACKFIELD_TOKEN: ADMIN_TOKEN };
    await using same = runCli(['legacy', 'parity', 'fortigate'], env);
    expect([(await same.exited)[0], same.output]).toEqual([0, ['fortigate: 0 differences']]);
    await host.api.call('PATCH', '/api/instances/firewall-7', { name: 'Renamed' });
    await using other = runCli(['legacy', 'parity'], env);
    expect((await other.exited)[0]).toBe(1);
    expect(other.output.join('\n')).toMatch(/external_system_instances\s+7\s+name\s+Firewall 7\s+Renamed/);
    await host.api.call('PATCH', '/api/instances/firewall-7', { name: 'Firewall 7' });
  });

  test('jackfield legacy scrub asks first, and says what it has left', async () => {
    const env = { JACKFIELD_URL: host.url, JACKFIELD_TOKEN: ADMIN_TOKEN };
    await using unsure = runCli(['legacy', 'scrub'], env);
    expect((await unsure.exited)[0]).toBe(1);
    expect(unsure.output.join('\n')).toContain('nobody can be asked');
    await using sure = runCli(['legacy', 'scrub', '--yes'], env);
    // The plugin has not begun to move.
    expect((await sure.exited)[0]).toBe(1);
    expect(sure.output.join('\n')).toContain('still_legacy');
  });
});
