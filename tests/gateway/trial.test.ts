// Wrong credentials are tried once, however many runs want to use them: vendors lock accounts and addresses.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { Counters } from '../../host/src/gateway/thread/counters.ts';
import { Trial, type Carrier } from '../../host/src/gateway/thread/trial.ts';
import { COUNTER_BYTES } from '../../host/src/gateway/messages.ts';
import { until as eventually } from '../support/until.ts';
import { startGateway, until, type TestGateway } from './support/setup.ts';
import { startVendor, type Seen, type Vendor } from './support/vendor.ts';

const credentials = { type: 'bearer', token: 'a-token-of-the-trial' } as const;
const refused = { code: undefined, status: 401 };

interface Desk extends AsyncDisposable {
  readonly vendor: Vendor;
  /** Answers what waits, and what comes from now on. */
  answer(status: (seen: Seen) => number): void;
}

/** A vendor that answers when it is told to. */
async function startDesk(): Promise<Desk> {
  const told = Promise.withResolvers<void>();
  let statusOf: (seen: Seen) => number;
  const vendor = await startVendor(async (seen, response) => {
    await told.promise;
    response.writeHead(statusOf(seen)).end();
  });
  return {
    vendor,
    answer: (next) => {
      statusOf = next;
      told.resolve();
    },
    [Symbol.asyncDispose]: () => vendor[Symbol.asyncDispose](),
  };
}

function call({ open }: TestGateway, { origin }: Vendor, path: string, urgent = false, revision = 1) {
  const { client, run } = open({ baseUrl: origin, credentials, revision }, urgent);
  const pending = client.call(`${origin}${path}`);
  const ended = pending.done.then(({ head, error }) => ({ status: head?.status, code: error?.code }));
  return { ended, pending, run };
}

async function waiting({ gateway }: TestGateway, count: number): Promise<void> {
  await eventually(async () => ((await gateway.gateOf('acme'))?.queued === count ? true : undefined));
}

test('credentials that are refused are sent once, for runs that are under way, later ones and a check that came meanwhile', async () => {
  await using desk = await startDesk();
  await using gateway = await startGateway();
  const { vendor } = desk;
  const runs = Array.from({ length: 8 }, (_, n) => call(gateway, vendor, `/${n}`));
  const check = call(gateway, vendor, '/check', true);
  await waiting(gateway, 8);
  desk.answer(() => 401);
  const ends = await Promise.all([...runs, check].map(({ ended }) => ended));
  expect(ends).toEqual(Array.from({ length: 9 }, () => refused));
  for (let later = 0; later < 3; later += 1) expect(await call(gateway, vendor, '/later').ended).toEqual(refused);
  expect(vendor.seen.map(({ url }) => url)).toEqual(['/0']);
  expect(runs.map(({ run }) => run.vendorCalls())).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
  expect(runs[1]?.run.waitedMs()).toBeGreaterThan(0);
});

test('credentials that are accepted are shared at once, also by an answer that is an error of the request', async () => {
  await using desk = await startDesk();
  await using gateway = await startGateway();
  const { vendor } = desk;
  const runs = Array.from({ length: 4 }, (_, n) => call(gateway, vendor, `/${n}`));
  await waiting(gateway, 3);
  await until(() => vendor.seen.length > 0, 'the first has been sent');
  expect(vendor.seen).toHaveLength(1);
  desk.answer(({ url }) => (url === '/0' ? 404 : 200));
  const ends = await Promise.all(runs.map(({ ended }) => ended));
  expect(ends.map(({ status }) => status)).toEqual([404, 200, 200, 200]);
});

test.each([403, 429, 500, 503])(
  'an answer of %d says nothing of them: the next request tries them alone',
  async (status) => {
    await using desk = await startDesk();
    await using gateway = await startGateway({ retries: 0 });
    const { vendor } = desk;
    const runs = Array.from({ length: 3 }, (_, n) => call(gateway, vendor, `/${n}`));
    await waiting(gateway, 2);
    desk.answer(({ url }) => (url === '/0' ? status : 401));
    expect((await Promise.all(runs.map(({ ended }) => ended))).map((end) => end.status)).toEqual([status, 401, 401]);
    expect(vendor.seen).toHaveLength(2);
  },
);

test('a request that is given up lets the next one try', async () => {
  await using desk = await startDesk();
  await using gateway = await startGateway();
  const { vendor } = desk;
  const [first, second, third] = [0, 1, 2].map((n) => call(gateway, vendor, `/${n}`));
  await waiting(gateway, 2);
  second?.pending.abort();
  expect(await second?.ended).toMatchObject({ code: 'aborted' });
  await waiting(gateway, 1);
  first?.run.close();
  await until(() => vendor.seen.length === 2, 'the third has been sent');
  desk.answer(() => 401);
  expect(await third?.ended).toEqual(refused);
  expect(vendor.seen.map(({ url }) => url)).toEqual(['/0', '/2']);
});

test('a vendor that is slow to answer is asked by the others all the same', async () => {
  await using desk = await startDesk();
  await using gateway = await startGateway({ trialWait: 50 });
  const { vendor } = desk;
  const runs = [0, 1, 2].map((n) => call(gateway, vendor, `/${n}`));
  await until(() => vendor.seen.length === 3, 'all have been sent');
  desk.answer(() => 401);
  expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([refused, refused, refused]);
});

test('a refusal is over when a check has passed, when somebody says so, after its time, and for other credentials', async () => {
  await using desk = await startDesk();
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  await using gateway = await startGateway({}, { clock });
  const { vendor } = desk;
  let status = 401;
  desk.answer(() => status);
  const asked = async (urgent = false, revision = 1): Promise<readonly [number | undefined, number]> => {
    const before = vendor.seen.length;
    const end = await call(gateway, vendor, '/', urgent, revision).ended;
    return [end.status, vendor.seen.length - before];
  };
  expect(await asked()).toEqual([401, 1]);
  expect(await asked()).toEqual([401, 0]);
  expect(await asked(true)).toEqual([401, 1]);
  expect(await asked()).toEqual([401, 0]);
  status = 200;
  expect(await asked(true)).toEqual([200, 1]);
  expect(await asked()).toEqual([200, 1]);
  status = 401;
  expect(await asked()).toEqual([401, 1]);
  await gateway.gateway.resetGate('acme');
  expect(await asked()).toEqual([401, 1]);
  clock.ahead += defaultLimits.gateway.refusal - 5000;
  expect(await asked()).toEqual([401, 0]);
  clock.ahead += 5001;
  expect(await asked()).toEqual([401, 1]);
  expect(await asked(false, 2)).toEqual([401, 1]);
});

test('a call without credentials waits for nobody', async () => {
  await using desk = await startDesk();
  await using gateway = await startGateway();
  const { vendor } = desk;
  const { client } = gateway.open({ baseUrl: vendor.origin });
  const calls = [0, 1, 2].map((n) => client.get(`${vendor.origin}/${n}`));
  await until(() => vendor.seen.length === 3, 'all have been sent');
  desk.answer(() => 401);
  expect((await Promise.all(calls)).map(({ head }) => head?.status)).toEqual([401, 401, 401]);
});

test('while nothing is known one request at a time is out, and none is sent after a refusal, in whatever order answers come (property)', async () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(9), fc.constantFrom(200, 401, 500)), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(steps, async (acts) => {
      const trial = new Trial(1, { clock: { now: () => 0 }, limits: { ...defaultLimits.gateway, trialWait: 60_000 } });
      const counters = new Counters(new SharedArrayBuffer(COUNTER_BYTES));
      const { signal } = new AbortController();
      const out: { readonly carrier: Carrier; readonly order: number }[] = [];
      let known: 'nothing' | 'accepted' | 'refused' = 'nothing';
      let [sent, judged, waits] = [0, 0, 0];
      const wrong: string[] = [];
      for (const [isNew, which, status] of acts) {
        if (isNew) {
          waits += 1;
          void trial.enter({ urgent: false, refusals: 0, signal, counters }).then((carrier) => {
            waits -= 1;
            if ((carrier === undefined) !== (known === 'refused')) wrong.push(`${known}, and it is sent or not`);
            if (carrier !== undefined) out.push({ carrier, order: (sent += 1) });
          });
        } else if (out.length > 0) {
          const [answered] = out.splice(which % out.length, 1);
          answered?.carrier.answered(status);
          // What an earlier request hears says nothing about a later one.
          if (status !== 500 && (answered?.order ?? 0) > judged) {
            judged = answered?.order ?? 0;
            known = status === 200 ? 'accepted' : 'refused';
          }
        }
        await new Promise((resolve) => setImmediate(resolve));
        if (known === 'nothing' && (out.length > 1 || (waits > 0 && out.length === 0))) wrong.push('not one at a time');
        if (known !== 'nothing' && waits > 0) wrong.push(`${known}, and somebody waits`);
      }
      expect(wrong).toEqual([]);
    }),
  );
});
