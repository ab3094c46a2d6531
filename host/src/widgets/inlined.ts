const START = '#/$defs/';

/**
 * A schema with its references into `defs` replaced by what they refer to. A part of a published schema can so stand inside
 * another document, where the same reference would lead elsewhere. The definitions must not refer to themselves.
 */
export function inlined<T>(schema: T, defs: Readonly<Record<string, unknown>>): T {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map((item: unknown) => inlined(item, defs)) as T;
  const { $ref, ...rest } = schema as Record<string, unknown>;
  const own = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, inlined(value, defs)]));
  if (typeof $ref !== 'string' || !$ref.startsWith(START)) return own as T;
  return { ...(inlined(defs[$ref.slice(START.length)], defs) as object), ...own } as T;
}
