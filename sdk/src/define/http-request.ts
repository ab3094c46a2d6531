// What a request says where it names params: `{project}` stands for a param, `{config.org}` for a field of the instance's config.
import { VendorError } from './errors.ts';
import type { Context } from './types.ts';

/** A request whose texts may name params; a text that is nothing but one name becomes that param's value. */
export interface RequestTemplate {
  readonly path: string;
  readonly query?: { readonly [name: string]: string | number | boolean };
  readonly headers?: { readonly [name: string]: string };
  /** JSON. */
  readonly body?: { readonly [name: string]: unknown };
}

/** A request that can be sent. */
export interface FilledRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown> | undefined;
}

type Source = Pick<Context, 'config'> & { readonly params: Readonly<Record<string, unknown>> };

const NAME = /\{([\w.]+)\}/g;
const WHOLE = /^\{([\w.]+)\}$/;

/** Names of params that the texts of a template stand for. */
export function namesIn(template: unknown): string[] {
  if (typeof template === 'string') return [...template.matchAll(NAME)].map(([, name = '']) => name);
  return typeof template === 'object' && template !== null ? Object.values(template).flatMap(namesIn) : [];
}

/** @throws VendorError `params_invalid` for a value that a path cannot hold. */
export function fillRequest(template: RequestTemplate, source: Source): FilledRequest {
  const query = new URLSearchParams();
  for (const [name, text] of Object.entries(template.query ?? {})) {
    const value = fill(text, source);
    for (const item of Array.isArray(value) ? value : [value]) if (isGiven(item)) query.append(name, textOf(item));
  }
  return {
    path: template.path.replace(NAME, (_, name: string) => segmentOf(name, source)),
    query,
    headers: Object.fromEntries(
      Object.entries(template.headers ?? {}).map(([name, text]) => [name, textOf(fill(text, source))]),
    ),
    body: template.body && (fill(template.body, source) as Record<string, unknown>),
  };
}

/** `..` would leave the place it stands in, whatever is done to it. */
function segmentOf(name: string, source: Source): string {
  const text = textOf(valueOf(name, source));
  if (text === '' || text === '.' || text === '..') {
    throw new VendorError('params_invalid', `"${name}" must have a value that can stand in a path`);
  }
  return encodeURIComponent(text);
}

/** With the values in place. Members whose param is not given are left out. */
function fill(template: unknown, source: Source): unknown {
  if (typeof template === 'string') {
    const [, whole] = WHOLE.exec(template) ?? [];
    if (whole !== undefined) return valueOf(whole, source);
    return template.replace(NAME, (_, name: string) => textOf(valueOf(name, source)));
  }
  if (Array.isArray(template)) return template.map((item) => fill(item, source)).filter(isGiven);
  if (typeof template !== 'object' || template === null) return template;
  const members = Object.entries(template).map(([name, item]) => [name, fill(item, source)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

function valueOf(name: string, { params, config }: Source): unknown {
  const [, field] = /^config\.(.+)$/.exec(name) ?? [];
  const [from, key] = field === undefined ? [params, name] : [config, field];
  return Object.hasOwn(from, key) ? from[key] : undefined;
}

/** Several values have commas between them; what is not given is empty. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(',');
  if (typeof value === 'string') return value;
  return isGiven(value) ? JSON.stringify(value) : '';
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
