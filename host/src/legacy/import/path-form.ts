// One form for the many ways to write what is read from a vendor: a URL, a path with or without the prefix of the API, with its query.

export interface PathForm {
  /** Without the prefix of the API, in lower case. */
  readonly path: string;
  /** In one order. */
  readonly params: Readonly<Record<string, string>>;
}

/** Prefixes that say which version of an API is asked. */
const PREFIX = /^(api\/v\d+|rest\/api\/(?:\d+|latest))\//;

export function pathForm(text: string, parameters: Readonly<Record<string, unknown>> = {}): PathForm | undefined {
  const url = URL.parse(text.trim(), 'http://vendor.invalid/');
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const path = url.pathname
    .replaceAll(/\/{2,}/g, '/')
    .replaceAll(/^\/|\/$/g, '')
    .toLowerCase();
  const params = [...url.searchParams, ...Object.entries(parameters).flatMap(paramOf)];
  return {
    path: path.replace(PREFIX, ''),
    params: Object.fromEntries(params.toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** With its parameters, as somebody would type it. */
export function pathText(text: string, parameters: Readonly<Record<string, unknown>>): string {
  const url = URL.parse(text.trim(), 'http://vendor.invalid/');
  if (url === null) return text;
  for (const [name, value] of Object.entries(parameters).flatMap(paramOf)) url.searchParams.set(name, value);
  // Placeholders stay readable: they are filled later.
  const query = url.search.replaceAll('%24%7B', '${').replaceAll('%7D', '}');
  return `${url.pathname.replaceAll('$%7B', '${').replaceAll('%7D', '}')}${query}`;
}

function paramOf([name, value]: [string, unknown]): [string, string][] {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? [[name, String(value)]]
    : [];
}
