// A self-signed certificate for 127.0.0.1, as a new device has one. Node has no builder for X.509, so the little DER it takes is
// written here rather than bringing in a package for it.
import { generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';

export interface Certificate {
  readonly keyPem: string;
  readonly certPem: string;
  /** SHA-256 as hexadecimal bytes with colons between. */
  readonly fingerprint256: string;
}

const DAY_MS = 86_400_000;

export function selfSigned(hostname: string, nowMs: number): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
  const name = sequence(set(sequence(oid('2.5.4.3'), text(hostname))));
  const alternatives = sequence(
    context(2, Buffer.from('localhost')),
    context(7, Buffer.from([127, 0, 0, 1])),
    context(2, Buffer.from(hostname)),
  );
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    sequence(time(nowMs - DAY_MS), time(nowMs + 3650 * DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(sequence(oid('2.5.29.17'), element(0x04, alternatives)))),
  );
  const signature = sign('sha256', body, privateKey);
  const der = sequence(body, algorithm, element(0x03, Buffer.from([0]), signature));
  const certificate = new X509Certificate(der);
  return {
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certPem: certificate.toString(),
    fingerprint256: certificate.fingerprint256,
  };
}

function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 128) return Buffer.concat([Buffer.from([tag, length]), content]);
  const size = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => element(0x30, ...parts);
const set = (...parts: readonly Uint8Array[]): Buffer => element(0x31, ...parts);
const integer = (bytes: Uint8Array): Buffer => element(0x02, bytes);
const text = (value: string): Buffer => element(0x0c, Buffer.from(value));
const explicit = (tag: number, part: Uint8Array): Buffer => element(0xa0 + tag, part);
const context = (tag: number, bytes: Uint8Array): Buffer => element(0x80 + tag, bytes);

/** GeneralizedTime: YYYYMMDDHHMMSSZ. */
function time(ms: number): Buffer {
  return element(0x18, Buffer.from(`${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 127];
    for (let left = arc >> 7; left > 0; left >>= 7) digits.unshift((left & 127) | 128);
    bytes.push(...digits);
  }
  return element(0x06, Buffer.from(bytes));
}
