// Params are checked against the query's schema before anything runs. JSON bodies are taken as they are; a URL has only text, so
// there values are converted first (`?days=30`, `?projects=A&projects=B`).
import type { PluginVersion } from '../kernel/index.ts';
import { Problem } from '../errors.ts';
import { compileSchema, toFieldErrors } from '../schema.ts';
import type { ValidateFunction } from 'ajv';

type Source = 'json' | 'url';

export class ParamsValidator {
  readonly #compiled = new WeakMap<PluginVersion, Map<string, ValidateFunction>>();

  /**
   * Returns the params with defaults filled in.
   * @throws Problem `params_invalid` with a pointer to each fault.
   */
  check(
    plugin: PluginVersion,
    queryId: string,
    params: Record<string, unknown>,
    source: Source,
  ): Record<string, unknown> {
    const validate = this.#validator(plugin, queryId, source);
    const checked = structuredClone(params);
    if (validate(checked)) return checked;
    const errors = toFieldErrors(validate.errors, '/params');
    const first = errors[0];
    throw new Problem('params_invalid', `query "${queryId}": ${first?.pointer} ${first?.message}`, {
      errors,
      plugin: plugin.manifest.name,
    });
  }

  #validator(plugin: PluginVersion, queryId: string, source: Source): ValidateFunction {
    let compiled = this.#compiled.get(plugin);
    if (compiled === undefined) {
      compiled = new Map();
      this.#compiled.set(plugin, compiled);
    }
    const key = `${source} ${queryId}`;
    let validate = compiled.get(key);
    if (validate === undefined) {
      const schema = plugin.manifest.queries[queryId]?.params ?? {};
      validate = compileSchema(schema, { coerce: source === 'url' });
      compiled.set(key, validate);
    }
    return validate;
  }
}

/** The same params always give the same text, whatever the order of their keys. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}
