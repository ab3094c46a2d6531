// Every route × everybody who may ask: exactly the declared answer. The routes come from the router, what is expected from a table that
// is written by hand.
import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '@jackfield/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { atLeast, OWNED, type Role, ROLES } from '../../host/src/access/index.ts';
import type { DeclaredRoute } from '../../host/src/http/index.ts';
import { buildShop } from '../queries/shop-plugin.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import {
  addPeopleLike,
  addTokensLike,
  type Estate,
  fillEstate,
  type PersonOptions,
  type TokenOptions,
} from './estate.ts';
import { ROUTES } from './routes-table.ts';
import { type StatementWatch, watchStatements } from './statements.ts';

interface Row {
  readonly method: string;
  readonly url: string;
  readonly role: Role;
  readonly about: string;
  /** Pages of other sites may call it too. */
  readonly embeds: boolean;
}

interface Seen {
  readonly status: number;
  readonly text: string;
}

const EVERY_ROW: readonly Row[] = Object.entries(ROUTES)
  .filter(([, access]) => access !== 'everybody')
  .map(([route, access]) => {
    const [method = '', url = ''] = route.split(' ');
    const [role, about, embeds] = access.split(' ') as [Role, string, string?];
    return { method, url, role, about, embeds: embeds !== undefined };
  });

/** What is removed is removed last, and in an order in which nothing else goes with it. */
const removals = ['external-mappings', 'widgets', 'dashboards', 'contracts', 'instances', 'clients'];
const rank = ({ method, url }: Row): number => {
  if (method !== 'DELETE') return 0;
  // Whoever asks for this one asks for nothing afterwards.
  if (url === '/api/session') return Number.POSITIVE_INFINITY;
  return (
    1 + removals.findIndex((name) => url.includes(name) && (name !== 'clients' || !/contracts|mappings/.test(url)))
  );
};
const ROWS = EVERY_ROW.toSorted((one, other) => rank(one) - rank(other));

const LIMITED = Object.fromEntries(
  ROLES.map((role): [string, TokenOptions] => [`${role} of ours`, { role, clients: ['ours'] }]),
);
const REFUSED: Readonly<Record<string, TokenOptions>> = {
  'an expired token': { role: 'admin', state: 'expired' },
  'a revoked token': { role: 'admin', state: 'revoked' },
};
const PEOPLE: Readonly<Record<string, PersonOptions>> = {
  ...Object.fromEntries(ROLES.map((role): [string, PersonOptions] => [`a person who is ${role}`, { role }])),
  'a person on another site': { role: 'admin' },
  'a person who has not meant it': { role: 'admin' },
  'a person who is disabled': { role: 'admin', state: 'disabled' },
  'a person whose session is over': { role: 'admin', state: 'over' },
};
const STRANGERS = [
  ...Object.keys(REFUSED),
  'a person who is disabled',
  'a person whose session is over',
  'nobody',
  'an unknown token',
];

const isFull = process.env['JACKFIELD_TEST_SCALE'] === 'full';
/** An admin comes to every route, and a user is turned away by most: the others come to some of them. */
const FINDERS: readonly Role[] = isFull ? ROLES : ['admin'];
const FEW: readonly Role[] = isFull ? ROLES : ['user', 'admin'];

/** A body that no route takes: whoever is let in is told so, and nothing happens. */
const NONSENSE = { 'no-route-takes-this': 1 };

describe.each(oneOf)('on $name', (database) => {
  let place: TestDatabase;
  let shop: TestPlugin;
  let estate: Estate;
  /** What each of them sends along. */
  const sent: Record<string, Readonly<Record<string, string>>> = {
    'an unknown token': { authorization: 'Bearer jf_unknown' },
  };
  let running: TestHost;
  let statements: StatementWatch;

  const send = async (who: string, method: string, url: string, body?: object): Promise<Seen> => {
    const answer = await running.host.app.inject({
      method: method as 'GET',
      url,
      headers: sent[who] ?? {},
      ...(body === undefined ? {} : { payload: body }),
    });
    return { status: answer.statusCode, text: answer.body };
  };
  const bodyFor = ({ method }: Row): object | undefined => (/^(POST|PUT|PATCH)$/.test(method) ? NONSENSE : undefined);
  /** `of`: whose thing the path names; else an id that nothing has. */
  const pathOf = ({ url, about }: Row, of: keyof Estate['ids'] | 'unknown'): string => {
    const ids = of === 'unknown' ? {} : estate.ids[of];
    const own = Object.hasOwn(OWNED, about) ? (ids[about] ?? UNKNOWN[about] ?? 'unknown') : 'unknown';
    return url
      .replace(/:(id|run|repair)\b/, own)
      .replace(':contract', estate.ids.ours['contract'] ?? '')
      .replace(':mapping', estate.ids.ours['external-mapping'] ?? '')
      .replace(':queryId', 'live')
      .replace(':plugin', 'shop')
      .replace(':query', 'by_city')
      .replace(':stream', 'orders')
      .replace(':template', 'cities');
  };

  /** As a page of the host sends it. */
  const sentBy = async (who: string, cookie: string): Promise<Readonly<Record<string, string>>> => {
    const asked = await running.host.app.inject({ method: 'GET', url: '/api/session', headers: { cookie } });
    const [secret] = asked.cookies;
    const { csrfToken = '' } = asked.json<{ csrfToken?: string }>();
    return {
      cookie: secret === undefined ? cookie : `${cookie}; ${secret.name}=${secret.value}`,
      'x-csrf-token': who === 'a person who has not meant it' ? 'guessed' : csrfToken,
      ...(who === 'a person on another site' ? { origin: 'https://evil.example' } : {}),
    };
  };

  beforeAll(async () => {
    place = await database.open();
    shop = await buildShop();
    estate = await fillEstate(place);
    const everybody = Object.fromEntries(ROLES.map((role): [string, TokenOptions] => [role, { role }]));
    const tokens = await addTokensLike(place, { ...everybody, ...LIMITED, ...REFUSED });
    for (const [who, token] of Object.entries(tokens)) sent[who] = { authorization: `Bearer ${token}` };
    const cookies = await addPeopleLike(place, PEOPLE);
    statements = watchStatements();
    running = await startTestHost(place, { plugins: [shop] });
    for (const [who, value] of Object.entries(cookies)) sent[who] = await sentBy(who, `jackfield_session=${value}`);
    const embed = await send('engineer', 'POST', '/api/embeds', { widgets: ['widget-ours'], origin: PORTAL });
    const authorization = `Bearer ${(JSON.parse(embed.text) as { token: string }).token}`;
    sent['a page of the portal'] = { authorization, origin: PORTAL };
    sent['a page of another site'] = { authorization, origin: 'https://evil.example' };
    sent['a program with the token of a page'] = { authorization };
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    statements[Symbol.dispose]();
    await shop[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test('every route is in the table, and every line of the table is a route', () => {
    const routes: readonly DeclaredRoute[] = running.host.app.declaredRoutes;
    const declared = routes.map(({ method, url, access }): [string, string] => [
      `${method} ${url}`,
      access === 'everybody' ? access : `${access.role} ${access.about}${access.embeds ? ' embeds' : ''}`,
    ]);
    expect(Object.fromEntries(declared)).toEqual(ROUTES);
  });

  /** What became of each request, by its route. */
  const outcomes = async (
    who: string,
    rows: readonly Row[],
    ask: (row: Row) => readonly [path: string, outcome: (answer: Seen) => unknown],
  ): Promise<Record<string, unknown>> => {
    const found: Record<string, unknown> = {};
    for (const row of rows) {
      const [path, outcome] = ask(row);
      found[nameOf(row)] = outcome(await send(who, row.method, path, bodyFor(row)));
    }
    return found;
  };
  const expected = (rows: readonly Row[], outcome: (row: Row) => unknown): Record<string, unknown> =>
    Object.fromEntries(rows.map((row) => [nameOf(row), outcome(row)]));

  test.each(STRANGERS)('%s is told nothing by any route', async (who) => {
    const found = await outcomes(who, ROWS, (row) => [pathOf(row, 'ours'), outcomeOf]);
    expect(found).toEqual(expected(ROWS, () => '401 auth_failed'));
  });

  test.each(ROLES)('a token of the role %s is let in by the routes of its role, and by no other', async (role) => {
    // Of nothing, so that nothing is removed: it is the room that says so.
    const found = await outcomes(role, ROWS, (row) => [pathOf(row, 'unknown'), outcomeOf]);
    expect(found).toEqual(expected(ROWS, (row) => (atLeast(role, row.role) ? 'let in' : DENIED)));
  });

  test.each(FEW)('a person who is %s is let in by the routes of the role, and by no other', async (role) => {
    const found = await outcomes(`a person who is ${role}`, ROWS, (row) => [pathOf(row, 'unknown'), outcomeOf]);
    expect(found).toEqual(expected(ROWS, (row) => (atLeast(role, row.role) ? 'let in' : DENIED)));
  });

  test('a page of another site gets nothing with a person’s cookie, and nothing changes that was not meant', async () => {
    const elsewhere = await outcomes('a person on another site', ROWS, (row) => [pathOf(row, 'ours'), outcomeOf]);
    expect(elsewhere).toEqual(expected(ROWS, () => DENIED));
    const changes = ROWS.filter(({ method }) => method !== 'GET');
    const unmeant = await outcomes('a person who has not meant it', changes, (row) => [pathOf(row, 'ours'), outcomeOf]);
    expect(unmeant).toEqual(expected(changes, () => DENIED));
  });

  test.each(FINDERS)(
    '%s: who is limited to a client finds nothing of another, nor that there is anything',
    async (role) => {
      const rows = ROWS.filter((row) => atLeast(role, row.role) && Object.hasOwn(OWNED, row.about));
      const ask = (owner: 'theirs' | 'nobodys' | 'unknown') =>
        outcomes(`${role} of ours`, rows, (row) => [pathOf(row, owner), withoutIds]);
      const unknown = await ask('unknown');
      expect(unknown).toEqual(expected(rows, () => expect.objectContaining({ answered: 404, code: 'not_found' })));
      expect(await ask('theirs')).toEqual(unknown);
      expect(await ask('nobodys')).toEqual(unknown);
    },
  );

  const isServer = database.name === 'postgres';
  test.runIf(isServer)(
    'the way to an id of another client is the way to one that nothing has: the same statements, and as many',
    async () => {
      const who = 'admin of ours';
      const rows = ROWS.filter(({ about }) => Object.hasOwn(OWNED, about));
      const wayTo = async (row: Row, owner: 'theirs' | 'nobodys' | 'unknown'): Promise<readonly string[]> => {
        const asked = await statements.of(() => send(who, row.method, pathOf(row, owner), bodyFor(row)));
        // Who asks is remembered for some seconds, and looked up after them: with one request, and not with the next.
        return asked.filter((statement) => !statement.includes('"api_token"'));
      };
      const ways: Record<string, unknown> = {};
      for (const row of rows) {
        // The first who is turned away is written down at once, those after are counted.
        await wayTo(row, 'unknown');
        const unknown = await wayTo(row, 'unknown');
        expect(unknown.length).toBeGreaterThan(2);
        const others = [await wayTo(row, 'theirs'), await wayTo(row, 'nobodys')];
        ways[nameOf(row)] = others.every((way) => isDeepStrictEqual(way, unknown)) ? 'the same' : { unknown, others };
      }
      expect(ways).toEqual(expected(rows, () => 'the same'));
    },
  );

  test.runIf(isFull)('and takes as long', { timeout: 300_000 }, async () => {
    const rows = ROWS.filter(({ method, about }) => method === 'GET' && Object.hasOwn(OWNED, about));
    const [theirs, unknown]: [number[], number[]] = [[], []];
    const time = async (row: Row, owner: 'theirs' | 'unknown'): Promise<number> => {
      const startedAt = performance.now();
      await send('admin of ours', row.method, pathOf(row, owner));
      return performance.now() - startedAt;
    };
    for (let round = 0; round < 100; round += 1) {
      for (const row of rows) {
        theirs.push(await time(row, 'theirs'));
        unknown.push(await time(row, 'unknown'));
      }
    }
    const middle = (times: readonly number[]): number =>
      times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
    const ratio = middle(theirs) / middle(unknown);
    process.stdout.write(
      `theirs ${middle(theirs).toFixed(2)} ms, unknown ${middle(unknown).toFixed(2)} ms, ratio ${ratio.toFixed(3)}\n`,
    );
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.25);
  });

  test.each(FEW)(
    '%s: who is limited to a client is let in where the role is, and sees their own only',
    async (role) => {
      const rows = ROWS.filter(({ method }) => method !== 'DELETE');
      const seen = (answer: Seen): string =>
        /theirs|nobodys/.test(answer.text) ? `sees ${answer.text}` : outcomeOf(answer);
      const found = await outcomes(`${role} of ours`, rows, (row) => [pathOf(row, 'ours'), seen]);
      const mayAsk = ({ role: needed, about }: Row): boolean => atLeast(role, needed) && about !== 'all';
      expect(found).toEqual(expected(rows, (row) => (mayAsk(row) ? 'let in' : DENIED)));
    },
  );

  test('a page of the site that a token is for reads the widget that it is for, and nothing else', async () => {
    const shown = ROWS.filter(({ embeds, about }) => embeds && about === 'widget');
    // Has nothing before something happens; tests/live says who hears of what.
    const heard = ({ url }: Row): boolean => url === '/api/events';
    const told = ({ status, text }: Seen): unknown =>
      status < 300 ? text.includes('shop-ours') && !/theirs|nobodys/.test(text) : status;
    const ask = (who: string, owner: 'ours' | 'theirs', rows = shown) =>
      outcomes(who, rows, (row) => [pathOf(row, owner), told]);
    const others = ROWS.filter((row) => !heard(row));
    expect(await ask('a page of the portal', 'ours', others)).toEqual(expected(others, ({ embeds }) => embeds || 403));
    expect(await ask('a page of the portal', 'theirs')).toEqual(expected(shown, () => 404));
    for (const who of ['a page of another site', 'a program with the token of a page'])
      expect(await ask(who, 'ours')).toEqual(expected(shown, () => 403));
  });

  test('a list of things of many clients has those of one who is limited to it', async () => {
    const lists = ROWS.filter(
      ({ method, about, url }) => method === 'GET' && about === 'some' && !['/api/audit', '/api/events'].includes(url),
    );
    const found = await outcomes('user of ours', lists, (row) => [row.url, ({ text }) => text.includes('ours')]);
    expect(found).toEqual(expected(lists, () => true));
    expect(lists.length).toBeGreaterThan(6);
  });

  test('what is theirs is removed by those who may', async () => {
    const rows = ROWS.filter(({ method, about }) => method === 'DELETE' && about !== 'all');
    const found = await outcomes('manager of ours', rows, (row) => [pathOf(row, 'ours'), ({ status }) => status]);
    expect(found).toEqual(expected(rows, () => 204));
  });

  test('whoever was turned away is in the audit, which is whole', async () => {
    const denied = await send('admin', 'GET', '/api/audit?action=access.denied&limit=500');
    const { entries } = JSON.parse(denied.text) as { entries: { actor: object; entity: object }[] };
    expect(entries.length).toBeGreaterThan(20);
    expect(new Set(entries.map(({ actor }) => (actor as { kind: string }).kind))).toContain('embed');
    expect(entries[0]).toMatchObject({ entity: { kind: 'route' } });
    // Whoever goes on and on is counted, and fills no audit.
    for (let time = 0; time < 10; time += 1) await send('user of ours', 'GET', '/api/audit/verify');
    const again = JSON.parse((await send('admin', 'GET', '/api/audit?action=access.denied&limit=500')).text) as object;
    expect((again as { entries: object[] }).entries.length).toBeLessThanOrEqual(entries.length + 1);
    expect(JSON.parse((await send('admin', 'GET', '/api/audit/verify')).text)).toMatchObject({ fault: null });
  });
});

const PORTAL = 'https://portal.example';

const DENIED = '403 permission_denied';

function nameOf({ method, url }: Row): string {
  return `${method} ${url}`;
}

/** Let in, whatever the room says then, or turned away at the door. */
function outcomeOf({ status, text }: Seen): string {
  return status === 401 || status === 403 ? `${status} ${(JSON.parse(text) as Problem).code}` : 'let in';
}

/** Ids that nothing has, where they are numbers. */
const UNKNOWN: Readonly<Record<string, string>> = {
  ...{ repair: '999999', reminder: '999999', 'external-system': '999999', 'external-instance': '999999' },
  ...{ 'external-template': '999999', 'external-mapping': '999999' },
};

/** An answer without the ids that it was asked with, and its own. */
function withoutIds({ status, text }: Seen): object {
  const { requestId: _, ...problem } = JSON.parse(text) as Problem;
  return { answered: status, ...problem, detail: problem.detail.replaceAll(/"[^"]*"|\d+/g, '…') };
}
