// A cassette as text, and what must not be in it.
import { validateCassette, type Cassette, type Finding } from '@jackfield/schemas';
import { bytesOf } from './body.ts';
import { secretForms } from './secret-forms.ts';
import { isCredentialHeader, suspicionOf } from './suspicion.ts';

/** Faults of a cassette: its shape, secrets that are known, and what looks like one. No finding repeats a secret. */
export function cassetteFindings(value: unknown, secrets: Iterable<string> = []): Finding[] {
  const shape = validateCassette(value);
  if (shape.length > 0) return shape;
  const forms = secretForms(secrets);
  const findings: Finding[] = [];
  const look = (pointer: string, text: string): void => {
    const what = forms.some((form) => text.includes(form)) ? 'a secret of the instance' : suspicionOf(text);
    if (what !== undefined) findings.push({ pointer, message: `holds ${what}` });
  };
  const { exchanges, plugin } = value as Cassette;
  look('/plugin', plugin);
  for (const [index, { request, response }] of exchanges.entries()) {
    const at = `/exchanges/${index}`;
    look(`${at}/request/url`, request.url);
    look(`${at}/request/method`, request.method);
    // As text even where it is none: a secret may stand between bytes that are no UTF-8.
    look(`${at}/request/body`, Buffer.from(bytesOf(request.body)).toString());
    look(`${at}/response/body`, Buffer.from(bytesOf(response.body)).toString());
    for (const [place, [name = '', text = '']] of response.headers.entries()) {
      const pointer = `${at}/response/headers/${place}`;
      if (isCredentialHeader(name)) findings.push({ pointer, message: `is the header "${name}"` });
      else look(pointer, text);
    }
  }
  return findings;
}

/** A cassette that may not be kept, or cannot be read. */
export class CassetteError extends Error {
  readonly findings: readonly Finding[];

  constructor(what: string, findings: readonly Finding[]) {
    const said = findings.slice(0, 5).map(({ pointer, message }) => `${pointer} ${message}`);
    super(`${what}: ${said.join('; ')}${findings.length > 5 ? ` and ${findings.length - 5} more` : ''}`);
    this.name = 'CassetteError';
    this.findings = findings;
  }
}

/** As it is written to a file. @throws CassetteError when a secret is in it. */
export function formatCassette(cassette: Cassette, secrets: Iterable<string> = []): string {
  const findings = cassetteFindings(cassette, secrets);
  if (findings.length > 0) throw new CassetteError('the cassette must not be kept', findings);
  return `${JSON.stringify(cassette, undefined, 2)}\n`;
}

/** @throws CassetteError when it is none, or a secret is in it. */
export function parseCassette(text: string): Cassette {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CassetteError('not a cassette', [{ pointer: '', message: 'is not JSON' }]);
  }
  const findings = cassetteFindings(value);
  if (findings.length > 0) throw new CassetteError('not a cassette that may be played', findings);
  return value as Cassette;
}
