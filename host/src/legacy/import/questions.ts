// What a widget or saved query of the old world asks, as a query of its plugin: a default one where it asks the same, else the
// plugin's query for anything, with what it asked.
import type { ManifestQuery, PluginManifest } from '@jackfield/schemas';
import { foldName } from './system-names.ts';
import { jqlForm } from './jql-form.ts';
import { pathForm, pathText } from './path-form.ts';
import { parameterNameOf } from './parameter-names.ts';
import { VENDOR_QUERIES } from './vendor-queries.ts';

export interface OldQuestion {
  /** Id of a default query, where one was chosen. */
  readonly queryId?: string | undefined;
  /** A path, a URL or a JQL. */
  readonly query?: string | undefined;
  readonly method?: string | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export type Question =
  | {
      readonly kind: 'default' | 'custom';
      readonly query: string;
      readonly params: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'none';
      readonly reason: 'query_missing' | 'query_writes' | 'query_unknown';
      readonly detail: string;
    };

const JQL_PATH = /^(search|search\/jql)$/;

export function questionOf(manifest: PluginManifest, { queryId, query, method, parameters }: OldQuestion): Question {
  const chosen = queryId === undefined ? undefined : byId(manifest, queryId);
  if (chosen !== undefined) return { kind: 'default', query: chosen, params: fitting(manifest, chosen, parameters) };
  if (query === undefined) {
    const detail = queryId === undefined ? 'it asks nothing' : `the plugin has no query "${queryId}"`;
    return { kind: 'none', reason: queryId === undefined ? 'query_missing' : 'query_unknown', detail };
  }
  const verb = (method ?? 'GET').trim().toUpperCase();
  const jql = jqlIn(query, parameters);
  if (verb !== 'GET' && !(verb === 'POST' && jql !== undefined)) {
    return { kind: 'none', reason: 'query_writes', detail: `it calls the vendor with ${verb}, and queries only read` };
  }
  return jql === undefined ? pathQuestion(manifest, query, parameters) : jqlQuestion(manifest, jql, parameters);
}

/** Ids were written with dashes, too. */
function byId({ queries }: PluginManifest, id: string): string | undefined {
  const folded = foldName(id);
  return Object.keys(queries).find((own) => own === id || foldName(own) === folded);
}

/** The JQL that is asked; undefined: it is a path to something else. */
function jqlIn(query: string, parameters: Readonly<Record<string, unknown>>): string | undefined {
  const text = query.trim();
  const isPath = /^(https?:\/\/|\/)/i.test(text) || /^(rest|api|monitor|cmdb)\//i.test(text);
  if (!isPath) return /[=~<>]|\b(in|is|order by)\b/i.test(text) ? text : undefined;
  const form = pathForm(text, parameters);
  const asked = form?.params['jql'] ?? parameters['jql'];
  return form !== undefined && JQL_PATH.test(form.path) && typeof asked === 'string' ? asked : undefined;
}

function jqlQuestion(manifest: PluginManifest, jql: string, parameters: Readonly<Record<string, unknown>>): Question {
  const form = jqlForm(jql);
  const match = form && VENDOR_QUERIES[manifest.name]?.find(({ jql: own }) => isSame(own, form.conditions));
  if (form !== undefined && match !== undefined && hasQuery(manifest, match.query)) {
    const projects = form.projects === undefined ? {} : { projects: form.projects };
    return {
      kind: 'default',
      query: match.query,
      params: fitting(manifest, match.query, { ...parameters, ...projects }),
    };
  }
  const free = freeQuery(manifest, 'application/jql');
  if (free === undefined) return unknown(manifest);
  return { kind: 'custom', query: free.id, params: { [free.param]: withPlaceholders(manifest.name, jql) } };
}

function pathQuestion(
  manifest: PluginManifest,
  query: string,
  parameters: Readonly<Record<string, unknown>>,
): Question {
  const form = pathForm(query, parameters);
  const { vdom, ...others } = form?.params ?? {};
  const scope = vdom === undefined ? {} : { vdom };
  const match = VENDOR_QUERIES[manifest.name]?.find(({ path }) => path !== undefined && path === form?.path);
  const asked = match && { ...scope, ...others };
  if (
    match !== undefined &&
    asked !== undefined &&
    hasQuery(manifest, match.query) &&
    takesAll(manifest, match.query, asked)
  ) {
    return { kind: 'default', query: match.query, params: fitting(manifest, match.query, asked) };
  }
  const free = freeQuery(manifest, 'application/x-url-path');
  if (free === undefined || form === undefined) return unknown(manifest);
  const takesVdom = vdom !== undefined && Object.hasOwn(propertiesOf(manifest, free.id), 'vdom');
  const text = pathText(withPlaceholders(manifest.name, query), parameters);
  const path = takesVdom ? text.replace(/([?&])vdom=[^&]*&?/, '$1').replace(/[?&]$/, '') : text;
  return { kind: 'custom', query: free.id, params: { [free.param]: path, ...(takesVdom ? { vdom } : {}) } };
}

function unknown({ name }: PluginManifest): Question {
  const detail = `the plugin "${name}" has no query that asks this, and none for anything`;
  return { kind: 'none', reason: 'query_unknown', detail };
}

/** The query of a plugin that takes whatever somebody writes in this language. */
function freeQuery({ queries }: PluginManifest, language: string): { id: string; param: string } | undefined {
  for (const [id, query] of Object.entries(queries)) {
    if (query.dynamicColumns !== true) continue;
    for (const param of (query.params.required as readonly string[] | undefined) ?? []) {
      if (query.params.properties[param]?.['contentMediaType'] === language) return { id, param };
    }
  }
  return undefined;
}

function isSame(own: readonly string[] | undefined, asked: readonly string[]): boolean {
  return own !== undefined && own.length === asked.length && own.every((condition) => asked.includes(condition));
}

function hasQuery({ queries }: PluginManifest, id: string): boolean {
  return Object.hasOwn(queries, id);
}

function propertiesOf({ queries }: PluginManifest, id: string): ManifestQuery['params']['properties'] {
  return queries[id]?.params.properties ?? {};
}

function takesAll(manifest: PluginManifest, id: string, params: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(params).every((name) => Object.hasOwn(propertiesOf(manifest, id), name));
}

/** Those of the parameters that the query knows: the others were for the vendor. */
function fitting(
  manifest: PluginManifest,
  id: string,
  params: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const known = propertiesOf(manifest, id);
  const own = Object.entries(params).filter(([name]) => Object.hasOwn(known, name));
  return Object.fromEntries(own.map(([name, value]) => [name, asTyped(known[name]?.['type'], value)]));
}

/** In a URL everything is text. */
function asTyped(type: unknown, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (type === 'boolean' && /^(true|false)$/.test(value)) return value === 'true';
  return (type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

/** `{{externalIdentifier}}` and `${projectKey}` become parameters of the client. */
function withPlaceholders(plugin: string, text: string): string {
  return text.replaceAll(/\{\{\s*([\w.]+)\s*\}\}|\$\{\s*([\w.]+)\s*\}/g, (_, mustache?: string, dollar?: string) => {
    const name = (mustache ?? dollar ?? '').split('.').at(-1) ?? '';
    return `\${client.${parameterNameOf(plugin, name)}}`;
  });
}
