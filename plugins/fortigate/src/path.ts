// A path that somebody typed, or that a client parameter went into: taken apart, judged piece by piece, and put together anew. Only
// reads below monitor and cmdb get through, in whatever encoding the rest comes.
import { VendorError } from '@jackfield/sdk';

/** Below /api/v2/. */
export interface ReadPath {
  readonly path: string;
  readonly params: readonly (readonly [name: string, value: string])[];
}

const AREAS = new Set(['monitor', 'cmdb']);
/** Params that would sign in, or would choose a VDOM past the instance's own. */
const REFUSED = new Set(['access_token', 'vdom', 'global']);
/** More than any real path or filter needs. */
const DECODINGS = 5;

/** @throws VendorError `params_invalid` that says which part is not allowed. */
export function parseReadPath(text: string): ReadPath {
  // oxlint-disable-next-line no-control-regex -- these are what is refused
  if (/[\u0000-\u0020\u007f\\#]/.test(text)) throw refused('it has a space, a control character, a backslash or a #');
  const [address = '', ...rest] = text.split('?');
  if (rest.length > 1) throw refused('it has more than one ?');
  const segments = address.replace(/^\/?(api\/v2\/)?/, '').split('/');
  const area = segments[0] ?? '';
  if (!AREAS.has(area)) throw refused('it must begin with /api/v2/monitor/ or /api/v2/cmdb/');
  if (segments.length < 2) throw refused(`it must name something below ${area}`);
  return { path: segments.map(parseSegment).join('/'), params: parseParams(rest[0] ?? '') };
}

function refused(why: string): VendorError {
  return new VendorError('params_invalid', `this path is not allowed: ${why}`);
}

function parseSegment(raw: string): string {
  const text = decode(raw);
  for (const form of formsOf(text)) {
    if (form === '') throw refused('it has an empty segment');
    if (form === '.' || form === '..') throw refused('it has . or .. as a segment');
    // oxlint-disable-next-line no-control-regex -- these are what is refused
    if (/[/\\;?#\u0000-\u001f\u007f]/.test(form))
      throw refused('a segment has an encoded separator or control character');
  }
  return encodeURIComponent(text);
}

function parseParams(query: string): ReadPath['params'] {
  const pairs = query.split('&').filter((pair) => pair !== '');
  return pairs.map((pair) => {
    const at = pair.indexOf('=');
    const name = decode((at === -1 ? pair : pair.slice(0, at)).replaceAll('+', ' '));
    const raw = at === -1 ? '' : pair.slice(at + 1);
    const value = decode(raw.replaceAll('+', ' '));
    for (const form of formsOf(name)) {
      const plain = form.trim().toLowerCase();
      if (REFUSED.has(plain))
        throw refused(`the parameter ${plain} is not for it${plain === 'vdom' ? ': use the param vdom' : ''}`);
      if (!/^[a-z0-9_.-]+$/i.test(form))
        throw refused('the name of a parameter has other characters than letters, digits, _, . and -');
    }
    if (name.toLowerCase() === 'filter') assertOneFilter(raw, value);
    return [name, value];
  });
}

/**
 * In a filter a comma means "or". One that is encoded stands in a value, where FortiOS cannot have it: it would split the value and
 * add a condition to the filter.
 */
function assertOneFilter(raw: string, value: string): void {
  const commas = raw.split(',').length;
  if (formsOf(value).some((form) => form.split(',').length > commas)) {
    throw refused('a filter has an encoded comma, which the device would read as "or"');
  }
}

/** The text, and what it would be for a server that decodes once more, and again. */
function formsOf(text: string): readonly string[] {
  const forms = [text];
  for (let form = text; forms.length <= DECODINGS; forms.push(form)) {
    const next = tryDecode(form);
    if (next === null || next === form) return forms;
    form = next;
  }
  throw refused('it is encoded many times over');
}

function decode(text: string): string {
  const decoded = tryDecode(text);
  if (decoded === null) throw refused('it has a % that encodes nothing');
  return decoded;
}

function tryDecode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
