import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { atLeast, ROLES, type Role } from '../../host/src/access/index.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { addTokens } from '../support/tokens.ts';
import { buildAsk } from './ask-plugin.ts';

let ask: TestPlugin;
beforeAll(async () => {
  ask = await buildAsk();
});
afterAll(() => ask[Symbol.asyncDispose]());

describe.each(oneOf)('on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  let tokens: Readonly<Record<Role, string>>;
  beforeAll(async () => {
    place = await database.open();
    tokens = await addTokens(place);
    running = await startTestHost(place, { plugins: [ask] });
    const config = { baseUrl: 'http://127.0.0.1:9' };
    await running.api.call('POST', '/api/instances', { id: 'ask', plugin: 'ask', name: 'Ask', config });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const ways = ['/api/instances/ask/queries/', '/api/plugins/ask/queries/'] as const;
  const send = (path: string, role: Role): Promise<Response> =>
    running.api.send('POST', path, {}, { headers: { authorization: `Bearer ${tokens[role]}` } });

  async function outcomeOf(answer: Promise<Response>): Promise<object> {
    const response = await answer;
    const { rows, code, detail, next } = (await response.json()) as Record<string, unknown> & {
      rows?: { n: number }[];
    };
    return { status: response.status, rows: rows?.map(({ n }) => n), code, detail, next };
  }

  test.each(ROLES.flatMap((role) => ways.map((way) => [role, way] as const)))(
    'a token of role %s runs on %s<query> what its role may, and is told the role that the others need',
    async (role, way) => {
      const outcomes = await Promise.all(ROLES.map((needed) => outcomeOf(send(way + needed, role))));
      expect(outcomes).toEqual(
        ROLES.map((needed) =>
          atLeast(role, needed)
            ? { status: 200, rows: [1] }
            : {
                status: 403,
                code: 'permission_denied',
                detail: `query "${needed}" needs the role ${needed}, this token has ${role}`,
                next: `Use a token of the role ${needed}, or ask somebody who has one.`,
              },
        ),
      );
      expect((await send(`${way}open`, role)).status).toBe(200);
    },
  );

  test('a role is asked for before params and instances are looked at', async () => {
    const headers = { authorization: `Bearer ${tokens.user}` };
    const body = { params: { wrong: 1 }, instances: ['nobody'] };
    const response = await running.api.send('POST', '/api/plugins/ask/queries/admin', body, { headers });
    await expectProblem(response, 403, 'permission_denied');
  });

  test('the operator’s token runs everything', async () => {
    for (const way of ways) expect((await running.api.send('POST', `${way}admin`, {})).status).toBe(200);
  });

  test('the list of queries tells the role that each needs', async () => {
    const { body } = await running.api.call<{ queries: { id: string; role: string }[] }>(
      'GET',
      '/api/instances/ask/queries',
    );
    expect(Object.fromEntries(body.queries.map(({ id, role }) => [id, role]))).toEqual({
      open: 'user',
      user: 'user',
      engineer: 'engineer',
      manager: 'manager',
      admin: 'admin',
      table: 'user',
    });
  });
});
