import { beforeEach, describe, expect, test } from 'vitest';
import {
  createAudit,
  createDenials,
  egressDenial,
  type Audit,
  type AuditEntry,
  type Denial,
  type Denials,
} from '../../host/src/access/index.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import type { Store } from '../../host/src/store/index.ts';
import { cleanStore } from '../support/clean-store.ts';
import { oneOf } from '../support/databases.ts';
import { silentLog } from '../support/log.ts';
import { until } from '../support/until.ts';

const reasonOf = (host: string): string => `"https://${host}" is not granted`;
const denial = (host: string, instanceId = 'acme'): Denial =>
  egressDenial({ plugin: 'desk', instanceId, runId: 'run-1', host, reason: reasonOf(host) });

describe.each(oneOf)('denials on $name', (database) => {
  let store: Store;
  let audit: Audit;
  const open = (window = defaultLimits.denials.window): Denials =>
    createDenials({ store, audit, limits: { ...defaultLimits.denials, window }, log: silentLog });
  /** The oldest first. */
  const entries = async (): Promise<AuditEntry[]> => (await audit.list({ limit: 500 })).entries.toReversed();

  beforeEach(async () => {
    store = await cleanStore(database);
    audit = createAudit(store);
  });

  test('the first for a host is an entry at once, ten thousand more are one at the end, and the chain holds', async () => {
    const denials = open();
    denials.note(denial('elsewhere.example'));
    await until(async () => ((await entries()).length === 1 ? true : undefined));
    for (let n = 0; n < 10_000; n += 1) denials.note(denial('elsewhere.example'));
    denials.note(denial('elsewhere.example', 'globex'));
    await denials.stop();
    const written = await entries();
    const first = { action: 'egress.denied', entity: { kind: 'host', id: 'elsewhere.example' }, instanceId: 'acme' };
    expect(written).toMatchObject([
      {
        ...first,
        actor: { kind: 'host', id: null },
        after: { plugin: 'desk', runId: 'run-1', reason: reasonOf('elsewhere.example'), times: 1 },
      },
      { ...first, instanceId: 'globex', after: { times: 1 } },
      { ...first, after: { times: 10_000 } },
    ]);
    expect(await audit.verify()).toEqual({ entries: 3, fault: null });
  });

  test('of names that a plugin makes up the first have entries of their own, and the others share one', async () => {
    const denials = open();
    for (let n = 0; n < 10_000; n += 1) denials.note(denial(`n${n}.example`));
    await denials.stop();
    const written = await entries();
    const { things } = defaultLimits.denials;
    expect(written.map(({ entity }) => entity.id)).toEqual([
      ...Array.from({ length: things }, (_, n) => `n${n}.example`),
      '*',
      '*',
    ]);
    expect(written.at(-1)?.after).toMatchObject({ times: 10_000 - things - 1 });
  });

  test('when its time is over a host that is called again is an entry again', async () => {
    const denials = open(50);
    denials.note(denial('elsewhere.example'));
    denials.note(denial('elsewhere.example'));
    await until(async () => ((await entries()).length === 2 ? true : undefined));
    denials.note(denial('elsewhere.example'));
    await until(async () => ((await entries()).length === 3 ? true : undefined));
    await denials.stop();
    expect((await entries()).map(({ after }) => (after as { times: number }).times)).toEqual([1, 1, 1]);
  });

  test('a denial that cannot be written stops nobody, and is in the log', async () => {
    const errors: object[] = [];
    const log = { ...silentLog, error: (fields: object) => void errors.push(fields) };
    const broken = { record: () => Promise.reject(new Error('no audit')) };
    const denials = createDenials({ store, audit: broken, limits: defaultLimits.denials, log });
    denials.note(denial('elsewhere.example'));
    await denials.stop();
    expect(errors).toMatchObject([{ instanceId: 'acme', entity: { id: 'elsewhere.example' } }]);
  });
});
