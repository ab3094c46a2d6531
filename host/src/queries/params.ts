// Params are checked against the query's schema before anything runs. JSON bodies are taken as they are; a URL has only text, so
// there values are converted first (`?days=30`, `?projects=A&projects=B`).
import type { PluginVersion } from '../kernel/index.ts';
import { Problem } from '../errors.ts';
import { lazySchema, toFieldErrors, type LazyValidator } from '../schema.ts';
import { queryNotFound } from './question.ts';

type Source = 'json' | 'url';
type Validators = Readonly<Record<Source, LazyValidator>>;

export class ParamsValidator {
  readonly #compiled = new Map<PluginVersion, Map<string, Validators>>();

  /** Takes the params schemas of a plugin that becomes active; that they compile was verified before. */
  add(plugin: PluginVersion): void {
    const queries = Object.entries(plugin.manifest.queries).map(([id, { params }]): [string, Validators] => [
      id,
      { json: lazySchema(params), url: lazySchema(params, { coerce: true }) },
    ]);
    this.#compiled.set(plugin, new Map(queries));
  }

  remove(plugin: PluginVersion): void {
    this.#compiled.delete(plugin);
  }

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
    const validate = this.#compiled.get(plugin)?.get(queryId)?.[source];
    if (validate === undefined) throw queryNotFound(plugin, queryId);
    // Most have none, and that clone is the dearest of all.
    const checked = Object.keys(params).length === 0 ? {} : structuredClone(params);
    if (validate(checked)) return checked;
    const errors = toFieldErrors(validate.errors, '/params');
    const detail = errors.map((fault) => `${fault.pointer} ${fault.message}`).join('; ');
    throw new Problem('params_invalid', `query "${queryId}": ${detail}`, { errors, plugin: name });
  }
}

/** Whether any text in it may be filled with a value of the instance's client: `${client.jiraProject}`. */
export function hasPlaceholder(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('${');
  return typeof value === 'object' && value !== null && Object.values(value).some(hasPlaceholder);
}
