// Secrets that are planted to be looked for, in every form in which one may turn up.
import { randomBytes } from 'node:crypto';

/** New for every run, with characters that every encoding treats in its own way. */
export function newCanary(name: string): string {
  return `${randomBytes(9).toString('hex')}/${name}+"~?`;
}

/** What is left of one that was cut short, too. */
export function formsOf(secret: string): string[] {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  // Encoded behind something of another length, the secret's own letters are others; the ends depend on the neighbours.
  const behind = [0, 1, 2].map((length) => base64('x'.repeat(length) + secret).slice(length === 0 ? 0 : 4, -4));
  return [
    secret,
    // As in the name of a host.
    secret.toLowerCase(),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    ...behind,
    ...behind.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    Buffer.from(secret).toString('hex'),
    secret.slice(0, 12),
  ];
}

/** The forms that are in a text. */
export function foundIn(text: string, forms: readonly string[]): string[] {
  return forms.filter((form) => text.includes(form));
}
