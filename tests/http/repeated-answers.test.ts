// An answer is given again without its route being asked only to whoever has got it, for what they asked, and while it holds.
import { type AddressInfo, connect } from 'node:net';
import cookie from '@fastify/cookie';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Principal } from '../../host/src/access/index.ts';
import { RepeatedAnswers } from '../../host/src/http/repeated-answers.ts';
import type { RepeatedAnswer } from '../../host/src/telemetry/index.ts';
import { until } from '../support/until.ts';

const principalOf = (id: string): Principal => ({ kind: 'token', id, name: id, role: 'user', clients: 'all' });

let app: FastifyInstance;
let known: Map<string, Principal>;
let body: Buffer | undefined;
/** Times that the route was asked. */
let asked: number;
/** Answers that hooks were told of, and those that whoever watches was told of besides. */
let hooked: string[];
let told: RepeatedAnswer[];
let whileClosing: (() => Promise<void>) | undefined;
beforeEach(async () => {
  known = new Map(['ann', 'bob'].map((id) => [id, principalOf(id)]));
  [body, asked, hooked, told, whileClosing] = [Buffer.from('[1]'), 0, [], [], undefined];
  const recall = (token: string): Principal | undefined => known.get(token);
  const repeated = new RepeatedAnswers({
    access: { tokens: { recall }, sessions: { recall } },
    watchers: [{ repeated: (answer) => void told.push(answer) }],
    most: 100,
  });
  app = fastify({ serverFactory: (handler) => repeated.serve(handler), return503OnClosing: false });
  app.addHook('onResponse', async ({ routeOptions }, { statusCode }) => {
    hooked.push(`${routeOptions.url} ${statusCode}`);
  });
  await app.register(cookie);
  repeated.follow(app);
  app.addHook('preClose', async () => whileClosing?.());
  app.addHook('onRequest', async (request, reply) => {
    const token = request.headers.authorization?.replace('Bearer ', '') || request.cookies['jackfield_session'] || '';
    request.principal = known.get(token) ?? principalOf('nobody');
    reply.header('x-hook', 'seen');
  });
  app.route<{ Querystring: { set?: string; code?: string } }>({
    method: ['GET', 'POST'],
    url: '/rows',
    handler({ query }, reply) {
      asked += 1;
      if (query.set !== undefined) reply.header('set-cookie', 'a=b');
      reply.again = () => body;
      return reply
        .code(Number(query.code ?? 200))
        .type('application/json')
        .send(`[${asked}]`);
    },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => app.close());

interface Asked {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask({ method = 'GET', url = '/rows', headers = {} }: Asked = {}) {
  const { port } = app.server.address() as AddressInfo;
  const sent = { authorization: 'Bearer ann', accept: 'application/json', ...headers };
  const answer = await fetch(`http://127.0.0.1:${port}${url}`, { method, headers: sent });
  return { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
}

test('it has the status, the headers and the body of the first, and whoever watches is told of it', async () => {
  const first = await ask();
  const again = await ask();
  expect(asked).toBe(1);
  expect([again.statusCode, again.body]).toEqual([first.statusCode, first.body]);
  const { date: _first, ...headers } = first.headers;
  const { date: _again, ...same } = again.headers;
  expect(same).toEqual(headers);
  expect(hooked).toEqual(['/rows 200']);
  const [answer, ...more] = told;
  expect(more).toEqual([]);
  expect(answer?.route).toBe('/rows');
  expect(answer?.endedAt).toBeGreaterThan(answer?.startedAt ?? Number.NaN);
});

test('a person in a session gets it again too, and not by the cookie of another', async () => {
  const inSession = (session: string) =>
    ask({ headers: { authorization: '', cookie: `a=1; jackfield_session=${session}` } });
  const first = await inSession('ann');
  expect((await inSession('ann')).body).toBe(first.body);
  expect(asked).toBe(1);
  await inSession('bob');
  await inSession('nobody');
  expect(asked).toBe(3);
});

const others: Readonly<Record<string, Asked>> = {
  'somebody else': { headers: { authorization: 'Bearer bob' } },
  'somebody who is not known': { headers: { authorization: 'Bearer cid' } },
  'somebody without a token': { headers: { authorization: '' } },
  'another URL': { url: '/rows?a=1' },
  'another method': { method: 'POST' },
  'another format': { headers: { accept: 'text/csv' } },
  'a page of another site': { headers: { origin: 'https://portal.example' } },
  'an answer that is new': { headers: { 'cache-control': 'no-cache' } },
};

test.each(Object.entries(others))('%s is asked for by the route', async (_what, other) => {
  await ask();
  await ask(other);
  expect(asked).toBe(2);
  await ask();
  expect(asked).toBe(2);
});

test.each(['no longer known', 'known as another'])('a token that is %s gets nothing', async (how) => {
  await ask();
  if (how === 'no longer known') known.delete('ann');
  else known.set('ann', principalOf('ann'));
  await ask();
  expect(asked).toBe(2);
});

test('what does not hold any more is asked for anew, and holds again', async () => {
  await ask();
  body = undefined;
  expect((await ask()).body).toBe('[2]');
  body = Buffer.from('[2]');
  expect((await ask()).body).toBe('[2]');
  expect(asked).toBe(2);
});

test.each(['/rows?code=503', '/rows?set=1'])('an answer to %s is for once', async (url) => {
  await ask({ url });
  await ask({ url });
  expect(asked).toBe(2);
});

test('a body of another length is told as long as it is', async () => {
  await ask();
  body = Buffer.from('[1,22,333]');
  const again = await ask();
  expect([asked, again.headers['content-length'], again.body]).toEqual([1, '10', '[1,22,333]']);
  body = Buffer.from('[1]');
  expect((await ask()).headers['content-length']).toBe('3');
});

test('who reads slowly is counted when the last byte is handed over, not before', async () => {
  await ask();
  // More than a connection holds.
  body = Buffer.alloc(32_000_000, '1');
  const { port } = app.server.address() as AddressInfo;
  const reader = connect(port, '127.0.0.1');
  reader.write('GET /rows HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ann\r\naccept: application/json\r\n\r\n');
  let bytes = 0;
  await until(async () => (reader.readableLength > 0 ? true : undefined));
  expect(told).toEqual([]);
  reader.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
  });
  await until(async () => (told.length === 1 && bytes > 32_000_000 ? true : undefined));
  reader.destroy();
  expect(asked).toBe(1);
});

test('a host that stops leaves requests to Fastify, which sends clients elsewhere', async () => {
  await ask();
  let connection: string | undefined;
  whileClosing = async () => {
    connection = (await ask()).headers['connection'];
  };
  await app.close();
  expect([connection, asked]).toEqual(['close', 2]);
});
