import type { Idea } from './idea.ts';

const refused = (tries: string, body: string): Idea => ({ tries, body, ends: 'refused' });

export const NETWORK: readonly Idea[] = [
  refused('fetches from an address that is not its own', `await denied(ctx.fetch(world.listener))`),
  refused('fetches with the global fetch', `await denied(fetch(world.listener))`),
  refused('posts what it knows elsewhere', `await denied(fetch(world.listener, { method: 'POST', body: 'x' }))`),
  refused(
    'writes a user name into its own address',
    `reached((await ctx.fetch('http://x@' + new URL(ctx.config.baseUrl).host)).status)`,
  ),
  refused(
    'is redirected elsewhere by its vendor',
    `await denied(ctx.fetch('/redirect?to=' + encodeURIComponent(world.listener)))`,
  ),
  refused(
    'names another host in a header',
    `const r = await ctx.fetch('/echo', { headers: { host: 'elsewhere.example' } }); const { headers } = await r.json(); if (headers.host.includes('elsewhere')) reached(headers.host)`,
  ),
  refused('asks for a metadata service', `await denied(ctx.fetch('http://169.254.169.254/latest/meta-data/'))`),
  refused(
    'opens a socket',
    `const { connect } = await load('node:net'); reached(await new Promise((y, n) => connect(world.listenerPort, '127.0.0.1').on('connect', () => y('connected')).on('error', n)))`,
  ),
  refused(
    'opens an HTTP connection',
    `const { get } = await load('node:http'); reached(await new Promise((y, n) => get(world.listener, y).on('error', n)))`,
  ),
  refused('opens an HTTP/2 connection', `reached((await load('node:http2')).connect(world.listener))`),
  refused('opens a TLS connection', `reached((await load('node:tls')).connect(world.listenerPort))`),
  refused('sends a datagram', `reached((await load('node:dgram')).createSocket('udp4'))`),
  refused('resolves a name', `reached(await (await load('node:dns')).promises.lookup('localhost'))`),
  refused('opens a WebSocket', `reached(new WebSocket(world.listener.replace('http', 'ws')))`),
  refused('opens an EventSource', `reached(new EventSource(world.listener))`),
  refused(
    'finds the dispatcher behind the real fetch',
    `const found = Object.getOwnPropertySymbols(globalThis).map((s) => globalThis[s]).filter((v) => v && typeof v.dispatch === 'function');
     for (const dispatcher of found) reached((await dispatcher.request({ origin: world.listener, path: '/', method: 'GET' })).statusCode)`,
  ),
  refused(
    'gives fetch a dispatcher of its own',
    `await fetch(world.listener, { dispatcher: { dispatch: () => { reached('a request'); throw new Error('sent'); } } })`,
  ),
  {
    tries: 'uses the fetch of a run that has ended',
    body: `const kept = globalThis.keptFetch ??= ctx.fetch; if (kept !== ctx.fetch) reached((await kept('/json')).status)`,
    ends: 'refused',
    again: true,
  },
];
