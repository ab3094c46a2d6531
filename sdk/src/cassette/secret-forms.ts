// A secret as vendors and libraries rewrite it. Whoever looks for secrets in text looks for all of these.

/** A shorter secret would turn ordinary words into holes. */
export const SHORTEST_SECRET = 4;
const JSON_DEPTH = 3;

/** Longest first, so that none leaves a piece of another. */
export function secretForms(secrets: Iterable<string>): string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue;
    // Names of hosts and headers are written small.
    forms.add(secret.toLowerCase());
    for (const make of [jsonForms, urlForms, base64Forms, hexForms]) for (const form of make(secret)) forms.add(form);
  }
  return [...forms].toSorted((a, b) => b.length - a.length);
}

/** As it is, and inside JSON: what a vendor answers is text that a plugin may log as a field, which is JSON again. */
function jsonForms(secret: string): string[] {
  const forms = [secret];
  for (let depth = 1; depth <= JSON_DEPTH; depth += 1) forms.push(JSON.stringify(forms.at(-1)).slice(1, -1));
  // PHP and others write a slash so.
  return [...forms, secret.replaceAll('/', '\\/')];
}

function urlForms(secret: string): string[] {
  const percent = encodeURIComponent(secret.toWellFormed());
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  return [percent, percent.replaceAll(/%../g, (code) => code.toLowerCase()), form];
}

/** Base64 of the secret wherever it starts in the encoded text, as in `user:password`: the part that does not depend on neighbours. */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.from('\0'.repeat(offset) + secret).toString('base64url');
    const from = offset === 0 ? 0 : offset + 1;
    const tail = (offset + Buffer.byteLength(secret)) % 3 === 0 ? 0 : 1;
    const stable = encoded.slice(from, encoded.length - tail);
    if (stable.length < SHORTEST_SECRET) return [];
    const standard = stable.replaceAll('-', '+').replaceAll('_', '/');
    return [stable, standard, standard.replaceAll('/', '\\/'), encodeURIComponent(standard)];
  });
}

function hexForms(secret: string): string[] {
  const hex = Buffer.from(secret).toString('hex');
  return [hex, hex.toUpperCase()];
}
