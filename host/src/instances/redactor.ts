// Takes an instance's secrets out of text that leaves for the log: as they are, and as vendors and libraries rewrite them.
import { secretForms, SHORTEST_SECRET } from '@jackfield/sdk/cassette';

const SECRET = '[secret]';

export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const longestFirst = secretForms(secrets);
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
    while (length >= SHORTEST_SECRET && !kept.endsWith(form.slice(0, length))) length -= 1;
    return length >= SHORTEST_SECRET ? length : 0;
  });
  const longest = Math.max(0, ...lengths);
  return longest === 0 ? text : kept.slice(0, -longest) + SECRET + CUT;
}
