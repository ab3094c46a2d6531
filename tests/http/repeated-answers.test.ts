// An answer is given again without its route being asked only to whoever has got it, for what they asked, and while it holds.
import cookie from '@fastify/cookie';
import fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { beforeEach, expect, test } from 'vitest';
import type { Principal } from '../../host/src/access/index.ts';
import { repeatAnswers } from '../../host/src/http/repeated-answers.ts';

const principalOf = (id: string): Principal => ({ kind: 'token', id, name: id, role: 'user', clients: 'all' });

let app: FastifyInstance;
let known: Map<string, Principal>;
let body: Buffer | undefined;
/** Times that the route was asked, and answers that whoever watches was told of. */
let asked: number;
let watched: string[];
beforeEach(async () => {
  known = new Map(['ann', 'bob'].map((id) => [id, principalOf(id)]));
  [body, asked, watched] = [Buffer.from('[1]'), 0, []];
  app = fastify();
  app.addHook('onResponse', async ({ routeOptions }, { statusCode }) => {
    watched.push(`${routeOptions.url} ${statusCode}`);
  });
  const recall = (token: string): Principal | undefined => known.get(token);
  await app.register(cookie);
  repeatAnswers(app, { tokens: { recall }, sessions: { recall } }, 100);
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
});

const ask = (options: Partial<InjectOptions> = {}) => {
  const headers = { authorization: 'Bearer ann', accept: 'application/json', ...options.headers };
  return app.inject({ method: 'GET', url: '/rows', ...options, headers });
};

test('it has the status, the headers and the body of the first, and whoever watches is told of it', async () => {
  const first = await ask();
  body = first.rawPayload;
  const again = await ask();
  expect(asked).toBe(1);
  expect([again.statusCode, again.body]).toEqual([first.statusCode, first.body]);
  const { date: _first, ...headers } = first.headers;
  const { date: _again, ...same } = again.headers;
  expect(same).toEqual(headers);
  expect(watched).toEqual(['/rows 200', '/rows 200']);
});

test('a person in a session gets it again too, and not by the cookie of another', async () => {
  const inSession = (session: string) =>
    ask({ headers: { authorization: '', cookie: `a=1; jackfield_session=${session}` } });
  const first = await inSession('ann');
  body = first.rawPayload;
  expect((await inSession('ann')).body).toBe(first.body);
  expect(asked).toBe(1);
  await inSession('bob');
  await inSession('nobody');
  expect(asked).toBe(3);
});

const others: Readonly<Record<string, Partial<InjectOptions>>> = {
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
