// What a mapping says of a client, as the client's parameters, and the way back.
import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../../merge-patch.ts';
import { flatParameters, parameterNameOf } from '../import/parameter-names.ts';
import { takeSecrets } from '../import/secret-leaves.ts';
import type { Values } from '../old-rows.ts';
import { MASK, recordOf } from '../rows.ts';

export type Parameters = Readonly<Record<string, string | number | boolean>>;

const IDENTIFIER = 'external_identifier';
const NAME = 'external_name';

/** Of a mapping that is switched off, none. */
export function parametersOf(plugin: string, row: Values): Parameters {
  if (row['is_active'] === false) return {};
  const { masked } = takeSecrets(recordOf(row['metadata']), 'other');
  const flat = Object.entries(flatParameters(plugin, recordOf(masked)).parameters).filter(
    ([, value]) => value !== MASK,
  );
  return { ...Object.fromEntries(flat), ...columnOf(plugin, row, NAME), ...columnOf(plugin, row, IDENTIFIER) };
}

function columnOf(plugin: string, row: Values, column: string): Parameters {
  const text = textOf(row[column]);
  return text === undefined ? {} : { [parameterNameOf(plugin, column)]: text };
}

function textOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined;
}

/**
 * The columns with which a mapping says this. `others`: names that other mappings of the client say, and are none of this one's.
 * What no mapping can say is not in it, such as what looks like a secret. `named`: columns that have a name of their own.
 */
export function mappingFor(
  plugin: string,
  row: Values,
  wanted: Parameters,
  others: ReadonlySet<string>,
  named: readonly string[] = [IDENTIFIER, NAME],
): Values {
  const own = (name: string): boolean => parametersOf(plugin, row)[name] !== undefined || !others.has(name);
  const columns = named.map((column) => {
    const value = wanted[parameterNameOf(plugin, column)];
    // Text with something in it, as it is read back; everything else has its type in the metadata.
    return [column, typeof value === 'string' && textOf(value) === value ? value : null] as const;
  });
  let next: Values = {
    ...row,
    ...Object.fromEntries(columns),
    metadata: kept(plugin, recordOf(row['metadata']), wanted),
  };
  for (const [name, value] of Object.entries(wanted)) {
    const key = keyOf(plugin, name);
    if (key === undefined || !own(name) || parametersOf(plugin, next)[name] === value) continue;
    const said = { ...next, metadata: { ...recordOf(next['metadata']), [key]: value } };
    if (parametersOf(plugin, said)[name] === value) next = said;
  }
  const { metadata } = next;
  const isEmpty = isDeepStrictEqual(metadata, {}) && (row['metadata'] ?? null) === null;
  return { ...Object.fromEntries(columns), metadata: isEmpty ? null : metadata };
}

/** The document with the values that are wanted, and without what is not said any more. What can be no parameter stays. */
function kept(plugin: string, document: Values, wanted: Parameters): Values {
  const walk = (record: Values, path: readonly string[]): Values =>
    Object.fromEntries(
      Object.entries(record).flatMap(([key, value]): [string, unknown][] => {
        const at = [...path, key];
        if (isObject(value)) return [[key, walk(value, at)]];
        const name = parameterNameOf(plugin, ...at);
        const said = flatParameters(plugin, nested(at, value)).parameters[name];
        const isSecret = takeSecrets({ [key]: value }, 'other').secrets.size > 0;
        if (said === undefined || isSecret || said === wanted[name]) return [[key, value]];
        return wanted[name] === undefined ? [] : [[key, wanted[name]]];
      }),
    );
  return walk(document, []);
}

function nested(path: readonly string[], value: unknown): Values {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Values;
}

/** The member of a document that is this parameter: `projectKey` for `jiraProjectKey`. Undefined: it is none of the plugin's. */
export function keyOf(plugin: string, name: string): string | undefined {
  const identifier = parameterNameOf(plugin, IDENTIFIER);
  if (name === identifier) return 'externalIdentifier';
  const prefix = identifier.replace(/Identifier$/, '');
  const rest = name.slice(prefix.length);
  if (!name.startsWith(prefix) || rest === '') return undefined;
  const key = rest.charAt(0).toLowerCase() + rest.slice(1);
  return parameterNameOf(plugin, key) === name ? key : undefined;
}
