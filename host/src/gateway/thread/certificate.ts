// Whether the vendor's certificate will do, decided after the handshake and before a byte of a request is sent. Node could refuse
// by itself, but it does not say what was presented, and it knows nothing of pinning.
import { TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import type { ClientCertificate, TlsSettings } from '../connection.ts';
import { GatewayFailure } from './failure.ts';

const STANDARD: Omit<TlsSettings, 'field'> = { verify: true };

/** What the connector of the base URL's origin is built with. */
export function tlsOptions(
  settings: TlsSettings | undefined,
  shown: ClientCertificate | undefined,
): buildConnector.BuildOptions {
  return {
    ...(shown === undefined ? {} : { cert: shown.certificate, key: shown.key }),
    // `distrust` decides instead.
    rejectUnauthorized: false,
    // Node does not look at the name again when a session is resumed.
    maxCachedSessions: 0,
    ...(settings?.caPem === undefined ? {} : { ca: settings.caPem, allowPartialTrustChain: true }),
  };
}

/** Why nothing may be sent over this socket; undefined when it may. */
export function distrust(
  socket: Socket,
  origin: string,
  settings: TlsSettings | undefined,
): GatewayFailure | undefined {
  const { verify, fingerprint256, caPem } = settings ?? STANDARD;
  const refused = (why: string, next: string): GatewayFailure =>
    new GatewayFailure('vendor_unavailable', `${origin}: ${why}; ${next}`);
  const presented = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  if (!(socket instanceof TLSSocket) || presented === undefined) {
    return refused('no certificate was presented', 'check the base URL');
  }
  const shown = `the certificate presented has the SHA-256 fingerprint ${presented.fingerprint256}`;
  if (fingerprint256 !== undefined && presented.fingerprint256.replaceAll(':', '') !== fingerprint256) {
    return refused(
      `the certificate is not the one that is pinned: ${shown}`,
      `if the vendor has renewed it, set "${settings?.field}.fingerprint256" to the new one`,
    );
  }
  // A pin says more than a chain, unless a CA is asked for as well.
  if (!verify || (fingerprint256 !== undefined && caPem === undefined) || socket.authorized) return undefined;
  const error: unknown = socket.authorizationError;
  const code = error instanceof Error ? ('code' in error ? String(error.code) : error.name) : String(error);
  const why = FAULTS.get(code)?.(presented) ?? 'the certificate was not accepted';
  return refused(`${why} (${code}): ${shown}`, nextStep(code, settings));
}

/** When the certificate ends that was presented, in milliseconds since the epoch; 0 when it does not say. */
export function endOf(socket: Socket): number {
  const presented = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  const ends = presented?.validToDate.getTime() ?? 0;
  return Number.isFinite(ends) ? ends : 0;
}

interface Presented {
  readonly validFrom: string;
  readonly validTo: string;
}

const UNKNOWN_CA = (): string => 'the certificate was issued by a CA that is not trusted here';
const FAULTS: ReadonlyMap<string, (presented: Presented) => string> = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', () => 'the certificate is self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNKNOWN_CA],
  ['UNABLE_TO_GET_ISSUER_CERT', UNKNOWN_CA],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_CA],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNKNOWN_CA],
  ['CERT_HAS_EXPIRED', ({ validTo }: Presented) => `the certificate has expired on ${validTo}`],
  ['CERT_NOT_YET_VALID', ({ validFrom }: Presented) => `the certificate is not valid before ${validFrom}`],
  ['ERR_TLS_CERT_ALTNAME_INVALID', () => 'the certificate is made out to another name'],
  ['HOSTNAME_MISMATCH', () => 'the certificate is made out to another name'],
]);

function nextStep(code: string, settings: TlsSettings | undefined): string {
  if (code.startsWith('CERT_')) return 'renew the certificate at the vendor';
  if (settings === undefined) return 'install a certificate there that a well-known CA has issued for this name';
  const { field } = settings;
  const pin = `compare it with the one the vendor shows and set "${field}.fingerprint256"`;
  return code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH'
    ? `use the name in the base URL, set "${field}.serverName" to it, or ${pin}`
    : `${pin}, or set "${field}.caPem" to the CA's certificate`;
}
