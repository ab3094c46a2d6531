import { createAjv, type PluginManifest } from '@jackfield/schemas';
import { error, type Finding, type Rule } from '../../rule.ts';
import type { Subject } from '../../subject.ts';

type ObjectSchema = PluginManifest['config'];

/** JSON Schema takes both for granted. */
export const objectSchemas: Rule = {
  id: 'object-schemas',
  asks: 'what config and params require is declared, and defaults fit their own schemas',
  check({ manifest, placeOf }) {
    if (manifest === undefined) return [];
    return [
      ...findingsOf(manifest.config, '/config', placeOf),
      ...Object.entries(manifest.queries).flatMap(([id, { params }]) => [
        ...findingsOf(params, `/queries/${id}/params`, placeOf),
      ]),
    ];
  },
};

function* findingsOf(schema: ObjectSchema, at: string, placeOf: Subject['placeOf']): Iterable<Finding> {
  const { properties } = schema;
  const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  for (const [index, name] of required.entries()) {
    if (Object.hasOwn(properties, name)) continue;
    const pointer = `${at}/required/${index}`;
    const known = Object.keys(properties).join(', ') || 'none';
    yield {
      ...error(placeOf(pointer), `names no property (got ${JSON.stringify(name)}, there are ${known})`),
      pointer,
    };
  }
  for (const [name, property] of Object.entries(properties)) {
    if (typeof property !== 'object' || property === null || !('default' in property)) continue;
    const pointer = `${at}/properties/${name}/default`;
    const fits = createAjv().compile(property as object);
    if (fits(property.default)) continue;
    const [fault] = fits.errors ?? [];
    const got = JSON.stringify(property.default);
    yield {
      ...error(placeOf(pointer), `does not fit its schema: ${fault?.message ?? 'it is refused'} (got ${got})`),
      pointer,
    };
  }
}
