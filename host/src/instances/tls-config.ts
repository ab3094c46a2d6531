// The config field that says how the vendor's certificate is checked: read once, and refused while somebody who can correct it is there.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { FieldError } from '../errors.ts';
import type { TlsSettings } from '../gateway/index.ts';
import { isObject } from '../merge-patch.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const FINGERPRINT = /^[0-9A-F]{64}$/;

/** Faults of the field's value beyond its schema, which is the plugin's. */
export function tlsErrors(value: unknown, field: string): FieldError[] {
  if (!isObject(value)) return [];
  const { caPem, fingerprint256 } = value;
  const faults: readonly (readonly [string, string | undefined])[] = [
    ['caPem', typeof caPem === 'string' ? pemFault(caPem) : undefined],
    ['fingerprint256', typeof fingerprint256 === 'string' ? fingerprintFault(fingerprint256) : undefined],
  ];
  return faults.flatMap(([name, message]) =>
    message === undefined ? [] : [{ pointer: `/config/${field}/${name}`, message }],
  );
}

/** Faults of a client certificate and its key. Neither is repeated. */
export function clientCertificateErrors(
  fields: { readonly certificate: string; readonly key: string },
  config: Readonly<Record<string, unknown>>,
): FieldError[] {
  const certificate = config[fields.certificate];
  const key = config[fields.key];
  const at = (field: string, message: string): FieldError[] => [{ pointer: `/config/${field}`, message }];
  if (!isText(certificate) && !isText(key)) return [];
  if (!isText(certificate)) return at(fields.certificate, `is needed with "${fields.key}"`);
  if (!isText(key)) return at(fields.key, `is needed with "${fields.certificate}"`);
  const fault = pemFault(certificate);
  if (fault !== undefined) return at(fields.certificate, fault);
  try {
    const fits = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
    return fits ? [] : at(fields.key, `is not the key of the certificate in "${fields.certificate}"`);
  } catch {
    return at(fields.key, 'must be a private key in PEM without a passphrase');
  }
}

/** Of a value without faults. An empty text is as good as none. */
export function tlsSettingsOf(value: unknown, field: string): TlsSettings {
  const { verify, caPem, fingerprint256, serverName } = isObject(value) ? value : {};
  return {
    field,
    verify: verify !== false,
    ...(isText(caPem) ? { caPem } : {}),
    ...(isText(fingerprint256) ? { fingerprint256: normalised(fingerprint256) } : {}),
    ...(isText(serverName) ? { serverName } : {}),
  };
}

/** What whoever looks at the connection should know; undefined when nothing is wrong with it. */
export function tlsWarning(settings: TlsSettings | undefined): string | undefined {
  if (settings === undefined || settings.verify || settings.fingerprint256 !== undefined) return undefined;
  const instead = `set "${settings.field}.fingerprint256" or "${settings.field}.caPem" instead`;
  return `the vendor's certificate is not checked, so anybody on the way can read the credentials; ${instead}`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function normalised(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toUpperCase();
}

function fingerprintFault(fingerprint: string): string | undefined {
  if (fingerprint === '' || FINGERPRINT.test(normalised(fingerprint))) return undefined;
  return 'must be a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons';
}

function pemFault(pem: string): string | undefined {
  if (pem === '') return undefined;
  if (/PRIVATE KEY-----/.test(pem)) return 'holds a private key; only certificates belong here';
  const certificates = pem.match(CERTIFICATE) ?? [];
  const opened = pem.split('-----BEGIN ').length - 1;
  const sound = certificates.length === opened && certificates.every(isCertificate);
  if (certificates.length > 0 && sound) return undefined;
  return 'must be one or more certificates in PEM: -----BEGIN CERTIFICATE----- …';
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
