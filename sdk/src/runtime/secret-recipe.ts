// What a config migration holds in the place of a secret. It knows how the secret is to be made of stored ones, and not one of them.
import type { SecretValue } from '../define/migration.ts';
import { PluginMistake } from './faults.ts';
import type { SecretRecipe } from './protocol.ts';

/** Steps of one recipe: nobody cuts a secret more often, and the host takes it apart with recursion. */
const MOST_STEPS = 20;
/** Of a text that is looked for or put between. */
const MOST_CHARACTERS = 1000;

interface Known {
  readonly recipe: SecretRecipe;
  readonly steps: number;
}

/** Not on the objects: whoever is handed one can neither read it nor write it. */
const known = new WeakMap<object, Known>();

/** The secret that is stored in this field. */
export function secretOf(field: string): SecretValue {
  return create({ recipe: { field }, steps: 1 });
}

/** How it is made; undefined when the value is no {@link SecretValue}. */
export function recipeOf(value: unknown): SecretRecipe | undefined {
  return typeof value === 'object' && value !== null ? known.get(value)?.recipe : undefined;
}

function create(made: Known): SecretValue {
  if (made.steps > MOST_STEPS) throw new PluginMistake(`a secret is cut and joined in more than ${MOST_STEPS} steps`);
  const cut = (side: 'before' | 'after', separator: unknown): SecretValue =>
    create({ recipe: { [side]: textOf(separator, side), of: made.recipe } as SecretRecipe, steps: made.steps + 1 });
  const secret = Object.freeze({
    before: (separator: string) => cut('before', separator),
    after: (separator: string) => cut('after', separator),
    concat(...more: readonly (SecretValue | string)[]) {
      const parts = [made, ...more.map(partOf)];
      const steps = parts.reduce((sum, part) => sum + part.steps, 1);
      return create({ recipe: { join: parts.map(({ recipe }) => recipe) }, steps });
    },
    toString: refuse,
    toJSON: refuse,
  });
  known.set(secret, made);
  return secret;
}

function partOf(part: SecretValue | string): Known {
  const made = typeof part === 'object' && part !== null ? known.get(part) : undefined;
  return made ?? { recipe: { text: textOf(part, 'concat') }, steps: 1 };
}

function textOf(value: unknown, of: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= MOST_CHARACTERS) return value;
  throw new PluginMistake(`${of}() of a secret takes a text of 1 to ${MOST_CHARACTERS} characters`);
}

function refuse(): never {
  throw new PluginMistake(
    'a secret is used as a text: its value is not here, it can only be moved to a secret field, cut with before() and after(), or joined with concat()',
  );
}
