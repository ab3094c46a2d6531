// What language a param's text is in, as its JSON Schema says it: `contentMediaType`.

type Schema = Readonly<Record<string, unknown>>;

/** Keywords whose subschemas are about the same value. */
const SAME_ONE = ['not', 'if', 'then', 'else'];
const SAME_LIST = ['allOf', 'anyOf', 'oneOf'];

/**
 * The subschemas that may apply to one value. It errs on the side of more: a branch that does not hold, or a pattern that does not
 * match, still says in which language the text is meant to be.
 */
export class SchemaPlace {
  readonly #root: Schema;
  readonly #schemas: ReadonlySet<Schema>;

  constructor(root: Schema, schemas: readonly unknown[] = [root]) {
    this.#root = root;
    this.#schemas = closure(root, schemas);
  }

  property(name: string): SchemaPlace {
    return this.#below((schema) => [
      own(schema['properties'], name),
      ...values(schema['patternProperties']),
      ...(own(schema['properties'], name) === undefined ? [schema['additionalProperties']] : []),
      schema['unevaluatedProperties'],
    ]);
  }

  item(): SchemaPlace {
    return this.#below((schema) => [
      ...values(schema['prefixItems']),
      schema['items'],
      schema['contains'],
      schema['unevaluatedItems'],
    ]);
  }

  /** Of text in this place. In a URL one value stands for a list of one. */
  languages(): ReadonlySet<string> {
    const all = [...this.#schemas, ...this.item().#schemas].map((schema) => schema['contentMediaType']);
    return new Set(all.filter((type) => typeof type === 'string' && type !== 'text/plain') as string[]);
  }

  #below(children: (schema: Schema) => readonly unknown[]): SchemaPlace {
    return new SchemaPlace(this.#root, [...this.#schemas].flatMap(children));
  }
}

function closure(root: Schema, schemas: readonly unknown[]): ReadonlySet<Schema> {
  const found = new Set<Schema>();
  const open = [...schemas];
  for (let next = open.pop(); open.length > 0 || next !== undefined; next = open.pop()) {
    if (!isSchema(next) || found.has(next)) continue;
    const schema = next;
    found.add(schema);
    open.push(
      ...SAME_ONE.map((keyword) => schema[keyword]),
      ...SAME_LIST.flatMap((keyword) => values(schema[keyword])),
    );
    open.push(...values(schema['dependentSchemas']), referred(root, schema['$ref']));
  }
  return found;
}

/** The manifest's rules allow references into the same schema only. */
function referred(root: Schema, reference: unknown): unknown {
  if (typeof reference !== 'string' || !reference.startsWith('#')) return undefined;
  const steps = decodeURIComponent(reference.slice(1)).split('/').slice(1);
  return steps
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, step) => own(value, step), root);
}

function own(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function values(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
