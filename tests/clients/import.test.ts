import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { ADMIN_TOKEN, startTestHost, type Api, type TestHost } from '../support/host.ts';
import { expectProblem } from '../support/problem.ts';

interface Report {
  readonly dryRun: boolean;
  readonly lines: number;
  readonly clients: object;
  readonly contracts: Readonly<Record<string, number>>;
  readonly faults: { line: number; column?: string; message: string }[];
}

describe.each(oneOf)('contracts from a CSV file on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  let api: Api;
  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place);
    ({ api } = running);
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const post = (csv: string | Uint8Array<ArrayBuffer>, query = ''): Promise<Response> =>
    fetch(`${running.url}/api/contracts/import${query}`, {
      method: 'POST',
      body: csv,
      headers: { 'content-type': 'text/csv', authorization: `Bearer ${ADMIN_TOKEN}` },
    });
  const load = async (csv: string, query = ''): Promise<Report> => {
    const answer = await post(csv, query);
    const text = await answer.text();
    expect({ status: answer.status, text }).toMatchObject({ status: 200 });
    return JSON.parse(text) as Report;
  };
  const everything = async (): Promise<unknown> => [
    (await api.call('GET', '/api/clients')).body,
    (await api.call('GET', '/api/contracts')).body,
  ];
  const contractsOf = async (client: string): Promise<Record<string, unknown>[]> => {
    const path = `/api/clients/${client}/contracts`;
    return (await api.call<{ contracts: Record<string, unknown>[] }>('GET', path)).body.contracts;
  };

  test('creates clients and contracts, and the same file twice changes nothing', async () => {
    const csv = [
      'contract,ends_on,client,time_zone,reference,starts_on',
      '"Firewall, managed",2027-03-31,Northwind,Europe/Berlin,C-17,2024-04-01',
      '"The ""big"" one",2028-02-29,Northwind,,,',
      'SOC,2027-01-31,Île de Ré,Pacific/Kiritimati,,',
    ].join('\n');
    expect(await load(csv)).toEqual({
      dryRun: false,
      lines: 3,
      clients: { created: 2, changed: 0 },
      contracts: { created: 3, changed: 0, unchanged: 0 },
      faults: [],
    });
    expect((await api.call('GET', '/api/clients/northwind')).body).toMatchObject({ timeZone: 'Europe/Berlin' });
    expect((await api.call('GET', '/api/clients/ile-de-re')).body).toMatchObject({ timeZone: 'Pacific/Kiritimati' });
    expect(await contractsOf('northwind')).toMatchObject([
      { name: 'Firewall, managed', startsOn: '2024-04-01', endsOn: '2027-03-31', reference: 'C-17' },
      { name: 'The "big" one', startsOn: null, endsOn: '2028-02-29', reference: null },
    ]);
    const before = await everything();
    expect(await load(csv)).toMatchObject({
      clients: { created: 0, changed: 0 },
      contracts: { created: 0, changed: 0, unchanged: 3 },
    });
    expect(await everything()).toEqual(before);
  });

  test('changes what is there, and an empty cell keeps it', async () => {
    await load('client,contract,ends_on,reference\nKeeper,A,2027-01-01,R-1\nKeeper,B,2027-01-01,R-2\n');
    const report = await load(
      'client,contract,ends_on,reference,time_zone\nkeeper,A,2028-01-01,,Asia/Tokyo\nKEEPER,B,2027-01-01,R-3,\n',
    );
    expect(report).toMatchObject({ clients: { created: 0, changed: 1 }, contracts: { created: 0, changed: 2 } });
    expect(await contractsOf('keeper')).toMatchObject([
      { name: 'B', endsOn: '2027-01-01', reference: 'R-3', revision: 2 },
      { name: 'A', endsOn: '2028-01-01', reference: 'R-1', revision: 2 },
    ]);
    expect((await api.call('GET', '/api/clients/keeper')).body).toMatchObject({ timeZone: 'Asia/Tokyo', revision: 2 });
  });

  test.each([
    ['a byte order mark and semicolons', '\ufeffclient;contract;ends_on\r\nSpread;Sheet;2027-01-01\r\n'],
    ['a header in capitals and blanks around', ' Client , CONTRACT,Ends_On\n Spread , Sheet , 2027-01-01 '],
    ['blank lines and quoted everything', '"client","contract","ends_on"\n\n"Spread","Sheet","2027-01-01"\n\n,,\n'],
    ['old line ends', 'client,contract,ends_on\rSpread,Sheet,2027-01-01\r'],
  ])('takes %s', async (_what, csv) => {
    expect(await load(csv, '?dryRun=true')).toMatchObject({
      dryRun: true,
      lines: 1,
      contracts: { created: 1 },
      faults: [],
    });
  });

  const BAD = [
    'client,contract,ends_on,starts_on,time_zone',
    'Good,One,2027-01-01,,',
    ',Two,2027-01-01,,',
    'Bad,"Th\nree",2027-02-29,,',
    'Bad,Four,31.12.2027,,',
    'Bad,Five,2027-01-01,2027-01-02,',
    'Bad,Six,2027-01-01,,Mars/Olympus',
    'Bad,Seven,2027-01-01',
    'Good,One,2028-01-01,,',
    'Zoned,A,2027-01-01,,Asia/Tokyo',
    'Zoned,B,2027-01-01,,Asia/Seoul',
  ].join('\n');
  const FAULTS = [
    [3, 'client'],
    [4, 'ends_on'],
    [6, 'ends_on'],
    [7, 'ends_on'],
    [8, 'time_zone'],
    [9, undefined],
    [10, 'contract'],
    [12, 'time_zone'],
  ];

  test('names every bad line, and saves nothing', async () => {
    const before = await everything();
    const dry = await load(BAD, '?dryRun=true');
    expect(dry.faults.map(({ line, column }) => [line, column])).toEqual(FAULTS);
    const problem = await expectProblem(await post(BAD), 400, 'config_invalid');
    expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(
      FAULTS.map(([line, column]) => (column === undefined ? `/${line}` : `/${line}/${column}`)),
    );
    expect(await everything()).toEqual(before);
  });

  test('a dry run says what would happen, and saves nothing', async () => {
    const before = await everything();
    const report = await load('client,contract,ends_on\nDry,Run,2027-01-01\n', '?dryRun=true');
    expect(report).toMatchObject({ clients: { created: 1 }, contracts: { created: 1 } });
    expect(await everything()).toEqual(before);
  });

  test.each([
    ['is empty', '', '/1', 'is empty'],
    ['has only blank lines', '\n \n', '/1', 'is empty'],
    ['lacks a column', 'client,contract\nA,B', '/1', '"ends_on"'],
    ['has a column that is not known', 'client,contract,ends_on,end\n', '/1', '"end"'],
    ['has a column twice', 'client,contract,ends_on,client\n', '/1', 'twice'],
    ['has an open quote', 'client,contract,ends_on\nA,"B,2027-01-01\n', '/2', 'quote'],
    ['is in another encoding', new Uint8Array([0x63, 0xfc, 0x2c]), '/1', 'UTF-8'],
  ])('refuses a file that %s', async (_what, csv, pointer, message) => {
    const problem = await expectProblem(await post(csv), 400, 'config_invalid');
    expect(problem.errors?.[0]).toMatchObject({ pointer, message: expect.stringContaining(message) });
  });

  test('refuses a client whose name could mean another one', async () => {
    await api.call('POST', '/api/clients', { id: 'twin-a', name: 'Twin' });
    await api.call('POST', '/api/clients', { id: 'twin-b', name: 'twin' });
    await api.call('POST', '/api/clients', { id: 'globex', name: 'Globex Corporation' });
    const { faults } = await load(
      'client,contract,ends_on\nTwin,A,2027-01-01\nGlobex!,A,2027-01-01\nglobex,A,2027-01-01\n',
      '?dryRun=true',
    );
    expect(faults).toMatchObject([
      { line: 2, column: 'client', message: expect.stringContaining('"twin-a", "twin-b"') },
      { line: 3, column: 'client', message: expect.stringContaining('Globex Corporation') },
    ]);
  });

  test('asks for CSV, and no other route takes it', async () => {
    const other = await expectProblem(await api.send('POST', '/api/contracts/import', {}), 400, 'config_invalid');
    expect(other.next).toContain('text/csv');
    const headers = { 'content-type': 'text/csv' };
    const elsewhere = await expectProblem(
      await api.send('POST', '/api/clients', 'name\nx', { headers }),
      400,
      'config_invalid',
    );
    expect(elsewhere.next).toContain('application/json');
  });

  test(
    'ten thousand lines in one go, and two imports at the same time make each contract once',
    { timeout: 60_000 },
    async () => {
      const lines = Array.from(
        { length: 10_000 },
        (_, n) => `Bulk ${n % 100},C${n},2029-01-${(n % 28) + 1 < 10 ? '0' : ''}${(n % 28) + 1}`,
      );
      const csv = ['client,contract,ends_on', ...lines].join('\n');
      const reports = await Promise.all([load(csv), load(csv)]);
      const total = (name: 'created' | 'unchanged'): number =>
        reports.reduce((sum, { contracts }) => sum + (contracts[name] ?? 0), 0);
      expect([total('created'), total('unchanged')]).toEqual([10_000, 10_000]);
    },
  );
});
