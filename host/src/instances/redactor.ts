// Takes an instance's secrets out of text that leaves for the log: as they are, and as vendors and libraries rewrite them.

/** A shorter secret would turn ordinary words into holes. */
const SHORTEST = 4;

export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < SHORTEST) continue;
    forms.add(secret);
    forms.add(encodeURIComponent(secret));
    forms.add(JSON.stringify(secret).slice(1, -1));
    for (const form of base64Forms(secret)) forms.add(form);
  }
  const longestFirst = [...forms].toSorted((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((rest, form) => rest.replaceAll(form, '[secret]'), text);
}

/** Base64 of the secret wherever it starts in the encoded text, as in `user:password`: the part that does not depend on neighbours. */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.from('\0'.repeat(offset) + secret).toString('base64url');
    const from = offset === 0 ? 0 : offset + 1;
    const tail = (offset + Buffer.byteLength(secret)) % 3 === 0 ? 0 : 1;
    const stable = encoded.slice(from, encoded.length - tail);
    return stable.length < SHORTEST ? [] : [stable, stable.replaceAll('-', '+').replaceAll('_', '/')];
  });
}
