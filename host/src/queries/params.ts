// Params are checked against the query's schema before anything runs. JSON bodies are taken as they are; a URL has only text, so
// there values are converted first (`?days=30`, `?projects=A&projects=B`).
import type { PluginVersion } from '../kernel/index.ts';
import { Problem } from '../errors.ts';
import { lazySchema, toFieldErrors, type LazyValidator } from '../schema.ts';
import { queryNotFound } from './question.ts';

type Source = 'json' | 'url';
type Validators = Readonly<Record<Source, LazyValidator>>;

export class ParamsValidator {
  /** Of every version that somebody still has in hand: a request that began before an upgrade ends with the version it began with. */
  readonly #compiled = new WeakMap<PluginVersion, ReadonlyMap<string, Validators>>();

  /**
   * Returns the params with defaults filled in.
   * @throws Problem `not_found` for an unknown query, `params_invalid` with a pointer to each fault.
   */
  check(
    plugin: PluginVersion,
    queryId: string,
    params: Record<string, unknown>,
    source: Source,
  ): Record<string, unknown> {
    const { name } = plugin.manifest;
    const validate = this.#of(plugin).get(queryId)?.[source];
    if (validate === undefined) throw queryNotFound(plugin, queryId);
    // Most have none, and that clone is the dearest of all.
    const checked = Object.keys(params).length === 0 ? {} : structuredClone(params);
    if (validate(checked)) return checked;
    const errors = toFieldErrors(validate.errors, '/params');
    const detail = errors.map((fault) => `${fault.pointer} ${fault.message}`).join('; ');
    throw new Problem('params_invalid', `query "${queryId}": ${detail}`, { errors, plugin: name });
  }

  /** That they compile was verified before. */
  #of(plugin: PluginVersion): ReadonlyMap<string, Validators> {
    const known = this.#compiled.get(plugin);
    if (known !== undefined) return known;
    const queries = Object.entries(plugin.manifest.queries).map(([id, { params }]): [string, Validators] => [
      id,
      { json: lazySchema(params), url: lazySchema(params, { coerce: true }) },
    ]);
    const made = new Map(queries);
    this.#compiled.set(plugin, made);
    return made;
  }
}

/** Whether any text in it may be filled with a value of the instance's client: `${client.jiraProject}`. */
export function hasPlaceholder(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('${');
  return typeof value === 'object' && value !== null && Object.values(value).some(hasPlaceholder);
}
