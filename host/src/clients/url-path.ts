// Values inside a path with an optional query string: a value is one segment, or part of one, or of one query parameter.
import { FillError, type Part } from './template.ts';

/** Nobody is called that. */
const BASE = 'https://base.invalid';

export function fillUrlPath(parts: readonly Part[], valueOf: (name: string) => string): string {
  assertWhole(parts);
  const fill = (value: (name: string) => string): string =>
    parts.map((part) => ('text' in part ? part.text : value(part.parameter))).join('');
  const filled = fill((name) => encoded(name, valueOf(name)));
  // A harmless value in each place shows what the path is meant to be.
  if (shapeOf(filled) !== shapeOf(fill(() => 'x'))) {
    const names = parts.flatMap((part) => ('parameter' in part ? [`client.${part.parameter}`] : []));
    throw new FillError(
      'would become another path: a parameter in it is empty, "." or ".."',
      `Give ${[...new Set(names)].join(', ')} another value: PATCH /api/clients/<client>/parameters.`,
    );
  }
  return filled;
}

/** A value must not complete a percent-encoding; and what URL parsers drop would hide one. */
function assertWhole(parts: readonly Part[]): void {
  for (const [at, part] of parts.entries()) {
    if (!('text' in part)) continue;
    const next = parts[at + 1];
    // oxlint-disable-next-line no-control-regex
    if (/[\0-\x1f]/.test(part.text)) throw new FillError('holds a control character', 'Remove it.');
    if (next !== undefined && 'parameter' in next && /%[0-9a-f]?$/i.test(part.text)) {
      throw new FillError(
        `has \${client.${next.parameter}} in the middle of a percent-encoding`,
        'Write %25 for a percent sign.',
      );
    }
  }
}

function encoded(name: string, value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    throw new FillError(
      `takes the parameter client.${name}, which holds half a surrogate pair`,
      `Give client.${name} another value.`,
    );
  }
}

/** Everything about a path that a value must not change. */
function shapeOf(path: string): string {
  const url = URL.parse(path, BASE);
  if (url === null) throw new FillError('is not a path', 'Write a path that begins with "/".');
  const segments = url.pathname.split('/').map((segment) => segment === '');
  return JSON.stringify([url.origin, url.username, url.password, segments, [...url.searchParams].length]);
}
