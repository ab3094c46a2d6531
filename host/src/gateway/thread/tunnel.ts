// The way through a proxy: a tunnel by CONNECT for every call, plain http too, so that the proxy sees neither path nor credentials.
import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import { callbackify } from 'node:util';
import type { buildConnector as Connector } from 'undici';
import { isBypassed, type ProxySettings } from '../proxy.ts';
import { guardedLookup, refusal, type AddressRule, type ResolveAll } from './address.ts';
import { codeOf, GatewayFailure } from './failure.ts';
import { buildConnector, Pool } from './undici.ts';

export interface Tunnels {
  /** The connector that goes through the proxy, for hosts that are not called directly. */
  through(allowed: AddressRule, direct: Connector.connector, tls: Connector.BuildOptions): Connector.connector;
}

export function createTunnels(proxy: ProxySettings, timeout: number, resolve?: ResolveAll): Tunnels {
  const url = new URL(proxy.url);
  const { username, password } = url;
  const authorization = `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}`;
  const headers = username === '' ? {} : { 'proxy-authorization': authorization };
  const pool = new Pool(url.origin, { connect: { timeout }, headersTimeout: timeout, pipelining: 0 });

  const open = async (host: string, port: string): Promise<Socket> => {
    const path = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
    const answer = await pool.connect({ path, headers: { ...headers, host: path } }).catch((error: unknown) => {
      throw new GatewayFailure('vendor_unavailable', `the proxy cannot be used (${codeOf(error) || 'no answer'})`);
    });
    const socket = answer.socket as Socket;
    if (answer.statusCode === 200) return socket;
    socket.on('error', () => undefined).destroy();
    const next = answer.statusCode === 407 ? ': check the user name and password in JACKFIELD_PROXY' : '';
    throw new GatewayFailure('vendor_unavailable', `the proxy answered ${answer.statusCode}${next}`);
  };

  return {
    through(allowed, direct, tls) {
      const secure = buildConnector({ ...tls, timeout, allowH2: false });
      const reach = callbackify(async ({ hostname, protocol, port }: buildConnector.Options) => {
        const address = await addressOf(bare(hostname), allowed, proxy.resolves, resolve);
        return open(address, port === '' ? (protocol === 'https:' ? '443' : '80') : port);
      });
      return (options, callback) => {
        if (isBypassed(proxy, options.hostname)) return direct(options, callback);
        reach(options, (error, socket) => {
          if (error !== null) return callback(error, null);
          if (options.protocol !== 'https:') return callback(null, socket);
          const name = bare(options.hostname);
          const servername = options.servername ?? (isIP(name) === 0 ? name : undefined);
          secure({ ...options, httpSocket: socket, ...(servername === undefined ? {} : { servername }) }, callback);
        });
      };
    },
  };
}

/** An IPv6 address without the brackets that it has in a URL. */
function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/** What the proxy is told to connect to. Rejects unless the rule allows it; a name only where the proxy is trusted with it. */
async function addressOf(
  host: string,
  allowed: AddressRule,
  resolves: ProxySettings['resolves'],
  resolve: ResolveAll | undefined,
): Promise<string> {
  if (isIP(host) !== 0) {
    if (allowed(host)) return host;
    throw refusal(host);
  }
  if (resolves === 'proxy') return host;
  const { promise, resolve: found, reject } = Promise.withResolvers<string>();
  guardedLookup(allowed, resolve)(host, {}, (error, address) => {
    if (error === null && typeof address === 'string') found(address);
    else reject(error ?? new Error('no address'));
  });
  return promise;
}
