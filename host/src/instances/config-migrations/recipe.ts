// Does to stored secrets what a migration has done to what stood for them. The recipe comes from a plugin.
import type { SecretRecipe } from '@jackfield/sdk/runtime';

/** Cannot be followed; says why without a value. */
export class RecipeError extends Error {}

/** The fields whose secrets it is made of. */
export function sourcesOf(recipe: SecretRecipe): string[] {
  if ('field' in recipe) return [recipe.field];
  if ('text' in recipe) return [];
  return 'join' in recipe ? recipe.join.flatMap(sourcesOf) : sourcesOf(recipe.of);
}

/** The field whose secret it is, as it stands; undefined when something is made of it. */
export function movedFrom(recipe: SecretRecipe): string | undefined {
  return 'field' in recipe ? recipe.field : undefined;
}

/** `open` gives the secret that is stored in a field. @throws RecipeError */
export function follow(recipe: SecretRecipe, open: (field: string) => string): string {
  if ('field' in recipe) return open(recipe.field);
  if ('text' in recipe) return recipe.text;
  if ('join' in recipe) return recipe.join.map((part) => follow(part, open)).join('');
  const secret = follow(recipe.of, open);
  const separator = 'before' in recipe ? recipe.before : recipe.after;
  const at = secret.indexOf(separator);
  if (at === -1) throw new RecipeError(`is cut at ${JSON.stringify(separator)}, which the stored secret does not have`);
  return 'before' in recipe ? secret.slice(0, at) : secret.slice(at + separator.length);
}
