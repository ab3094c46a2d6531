// Decides by the address that is really connected to, so that a name that resolves to something else the second time gains nothing.
import { lookup as systemLookup } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { TlsSettings } from '../connection.ts';
import { distrust, endOf } from './certificate.ts';
import { RefusedHost } from './failure.ts';
import { buildConnector } from './undici.ts';

/** Answers whether a connection to this IP address may be made. */
export type AddressRule = (address: string) => boolean;

export type ResolveAll = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Services that hand out a machine's credentials and are not link-local: Alibaba, Azure, Oracle; AWS (twice), Google, Oracle and Scaleway over IPv6. */
const METADATA: ReadonlySet<string> = new Set([
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
  'fd00:c1::a9fe:a9fe',
  'fd00:42::42',
]);
const NEVER: ReadonlySet<string> = new Set(['unspecified', 'linkLocal', 'multicast', 'broadcast']);
/** IPv6 addresses whose last 32 bits are the IPv4 address that is reached: mapped, translated (RFC 6145), NAT64 (RFC 6052). */
const EMBEDDING: ReadonlySet<string> = new Set(['ipv4Mapped', 'rfc6145', 'rfc6052']);
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = ipaddr.IPv6.parseCIDR('2000::/3');
/** NAT64 within a network (RFC 8215): the IPv4 address is at the end, or around the byte that must be zero. */
const LOCAL_NAT64: [ipaddr.IPv6, number] = ipaddr.IPv6.parseCIDR('64:ff9b:1::/48');
/** Interface ids of ISATAP (RFC 5214), which end with the IPv4 address of the tunnel's other end. */
const ISATAP: ReadonlySet<string> = new Set(['0,0,94,254', '2,0,94,254']);

/** For granted hosts: public unicast only. */
export function isPublicAddress(address: string): boolean {
  return everyEnd(address, (ip) => {
    if (METADATA.has(ip.toString()) || ip.range() !== 'unicast') return false;
    return ip.kind() === 'ipv4' || ip.match(GLOBAL_UNICAST);
  });
}

/** For the instance's own base URL: on-premises systems have private and loopback addresses, but metadata services are never meant. */
export function isOwnAddress(address: string): boolean {
  return everyEnd(address, (ip) => !METADATA.has(ip.toString()) && !NEVER.has(ip.range()));
}

type Ip = ipaddr.IPv4 | ipaddr.IPv6;

/** Whether the rule allows every address that packets to this one may end at. */
function everyEnd(address: string, allowed: (ip: Ip) => boolean): boolean {
  if (!ipaddr.isValid(address)) return false;
  const ip = ipaddr.parse(address);
  return (ip.kind() === 'ipv4' ? [ip] : endsOf(ip.toByteArray())).every(allowed);
}

/** An IPv4 address inside an IPv6 one is taken out; where a tunnel decides what becomes of it, both count. A zone is no part of it. */
function endsOf(bytes: number[]): Ip[] {
  const ip = ipaddr.fromByteArray(bytes);
  const inner = (...at: readonly number[]): Ip => ipaddr.fromByteArray(at.map((index) => bytes[index] ?? 0));
  const last = inner(12, 13, 14, 15);
  if (ip.kind() === 'ipv6' && ip.match(LOCAL_NAT64)) {
    const around = inner(6, 7, 9, 10);
    return around.toString() === '0.0.0.0' ? [last] : [last, around];
  }
  const range = ip.range();
  if (EMBEDDING.has(range)) return [last];
  if (range === '6to4') return [ip, inner(2, 3, 4, 5)];
  // The client's address is written with all bits turned round.
  if (range === 'teredo')
    return [ip, inner(4, 5, 6, 7), ipaddr.fromByteArray(bytes.slice(12).map((byte) => byte ^ 0xff))];
  if (ISATAP.has(bytes.slice(8, 12).join())) return [ip, last];
  // ::/96 is the abandoned way to embed IPv4; :: and ::1 are in it and keep their own meaning.
  const compatible = range === 'unicast' && bytes.slice(0, 12).every((byte) => byte === 0);
  return compatible ? [last] : [ip];
}

export function refusal(hostname: string): RefusedHost {
  return new RefusedHost(
    hostname,
    `"${hostname}" resolves to an address that may not be called; granted hosts must be public, and no URL may lead to link-local or metadata addresses`,
  );
}

/** A `lookup` for sockets that leaves only the addresses the rule allows, and fails when there are none. */
export function guardedLookup(allowed: AddressRule, resolve: ResolveAll = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '');
      const kept = addresses.filter((entry) => allowed(entry.address));
      const [first] = kept;
      if (first === undefined) return callback(refusal(hostname), '');
      if (options.all === true) callback(null, kept);
      else callback(null, first.address, first.family);
    });
  };
}

/** undici's connector with the rule applied to names and, since sockets do not look those up, to addresses in the URL. */
export function guardedConnector(
  allowed: AddressRule,
  timeout: number,
  resolve?: ResolveAll,
  options: buildConnector.BuildOptions = {},
): buildConnector.connector {
  const connect = buildConnector({ ...options, timeout, allowH2: false, lookup: guardedLookup(allowed, resolve) });
  return (options, callback) => {
    const literal = options.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(literal) === 0 || allowed(literal)) connect(options, callback);
    else queueMicrotask(() => callback(refusal(options.hostname), null));
  };
}

/**
 * A connector that judges the vendor's certificate as the instance's settings say, whichever way it connects. `onCertificate` is told
 * when the certificate ends.
 */
export function distrusting(
  connect: buildConnector.connector,
  settings: TlsSettings | undefined,
  onCertificate: (ends: number) => void = () => undefined,
): buildConnector.connector {
  return (options, callback) => {
    if (options.protocol !== 'https:') return connect(options, callback);
    const servername = settings?.serverName ?? options.servername;
    connect({ ...options, ...(servername === undefined ? {} : { servername }) }, (error, socket) => {
      if (error !== null || socket === null) return callback(error ?? new Error('no socket'), null);
      const fault = distrust(socket, `https://${options.host}`, settings);
      if (fault === undefined) {
        onCertificate(endOf(socket));
        return callback(null, socket);
      }
      socket.destroy();
      callback(fault, null);
    });
  };
}
