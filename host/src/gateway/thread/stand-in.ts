// The way to what stands in for every vendor while a plugin is tested: one port of this machine, in the clear. Where a call may go was
// decided before; names are not looked up, and there is no certificate to judge.
import type { buildConnector as Connector } from 'undici';
import { buildConnector } from './undici.ts';

export function standInConnector(port: number, timeout: number): Connector.connector {
  const connect = buildConnector({ timeout, allowH2: false });
  const place = { protocol: 'http:', hostname: '127.0.0.1', host: `127.0.0.1:${port}`, port: String(port) };
  return (options, callback) => connect({ ...options, ...place }, callback);
}
