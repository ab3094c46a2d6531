// Takes an instance's secrets out of text that leaves for the log: as they are, and as vendors and libraries rewrite them.

/** A shorter secret would turn ordinary words into holes. */
const SHORTEST = 4;
const SECRET = '[secret]';
const JSON_DEPTH = 3;

export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < SHORTEST) continue;
    for (const form of [...jsonForms(secret), ...urlForms(secret), ...base64Forms(secret), ...hexForms(secret)])
      forms.add(form);
  }
  const longestFirst = [...forms].toSorted((a, b) => b.length - a.length);
  return (text) =>
    withoutCutForm(
      longestFirst.reduce((rest, form) => rest.replaceAll(form, SECRET), text),
      longestFirst,
    );
}

/** The same with more secrets, which become known while it is in use: `issued` gives another array when there are others. */
export function createLiveRedactor(
  secrets: readonly string[],
  issued: () => readonly string[],
): (text: string) => string {
  let known = issued();
  let redact = createRedactor([...secrets, ...known]);
  return (text) => {
    const now = issued();
    if (now !== known) {
      known = now;
      redact = createRedactor([...secrets, ...now]);
    }
    return redact(text);
  };
}

/** Text that was too long ends with this, perhaps in the middle of a secret. */
const CUT = '…';

function withoutCutForm(text: string, forms: readonly string[]): string {
  if (!text.endsWith(CUT)) return text;
  const kept = text.slice(0, -CUT.length);
  const lengths = forms.map((form) => {
    let length = form.length - 1;
    while (length >= SHORTEST && !kept.endsWith(form.slice(0, length))) length -= 1;
    return length >= SHORTEST ? length : 0;
  });
  const longest = Math.max(0, ...lengths);
  return longest === 0 ? text : kept.slice(0, -longest) + SECRET + CUT;
}

/** As it is, and inside JSON: what a vendor answers is text that a plugin may log as a field, which is JSON again. */
function jsonForms(secret: string): string[] {
  const forms = [secret];
  for (let depth = 1; depth <= JSON_DEPTH; depth += 1) forms.push(JSON.stringify(forms.at(-1)).slice(1, -1));
  return forms;
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
    return stable.length < SHORTEST ? [] : [stable, stable.replaceAll('-', '+').replaceAll('_', '/')];
  });
}

function hexForms(secret: string): string[] {
  const hex = Buffer.from(secret).toString('hex');
  return [hex, hex.toUpperCase()];
}
