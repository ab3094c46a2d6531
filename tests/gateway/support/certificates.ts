// Certificates made while the test runs: a CA, and what it or nobody has signed. They protect nothing.
// reflect-metadata must be loaded before the library.
import 'reflect-metadata';
import { X509Certificate as NodeCertificate } from 'node:crypto';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type X509Certificate,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 86_400_000;

export interface Certified {
  /** PEM */
  readonly certificate: string;
  /** PEM, PKCS #8 */
  readonly key: string;
  /** SHA-256 with colons, as browsers show it. */
  readonly fingerprint: string;
}

export interface Authority extends Certified {
  issue(options?: LeafOptions): Promise<Certified>;
}

export interface LeafOptions {
  /** DNS names and addresses it is made out to. */
  readonly names?: readonly string[];
  /** Days from now. */
  readonly from?: number;
  readonly to?: number;
}

interface Issuer {
  readonly name: string;
  readonly signingKey: CryptoKey;
}

async function make(subject: string, options: LeafOptions & { ca?: boolean; issuer?: Issuer }): Promise<Made> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const { names = ['127.0.0.1', 'localhost'], from = -1, to = 30, ca = false, issuer } = options;
  const usage = ca ? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign : KeyUsageFlags.digitalSignature;
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: issuer?.name ?? subject,
    notBefore: new Date(Date.now() + from * DAY),
    notAfter: new Date(Date.now() + to * DAY),
    publicKey: keys.publicKey,
    signingKey: issuer?.signingKey ?? keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(ca, undefined, true),
      new KeyUsagesExtension(usage, true),
      ...(ca
        ? []
        : [
            new SubjectAlternativeNameExtension(
              names.map((value) => ({ type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const), value })),
            ),
          ]),
    ],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8.replaceAll(/(.{64})/g, '$1\n')}\n-----END PRIVATE KEY-----\n`;
  return { certificate, key, signingKey: keys.privateKey };
}

interface Made {
  readonly certificate: X509Certificate;
  readonly key: string;
  readonly signingKey: CryptoKey;
}

function certified({ certificate, key }: Made): Certified {
  const pem = certificate.toString('pem');
  return { certificate: pem, key, fingerprint: new NodeCertificate(pem).fingerprint256 };
}

export async function selfSigned(options: LeafOptions = {}): Promise<Certified> {
  return certified(await make('CN=self-signed', options));
}

export async function createAuthority(name = 'Test CA'): Promise<Authority> {
  const ca = await make(`CN=${name}`, { ca: true });
  const issuer = { name: `CN=${name}`, signingKey: ca.signingKey };
  return {
    ...certified(ca),
    issue: async (options = {}) => certified(await make('CN=vendor', { ...options, issuer })),
  };
}
