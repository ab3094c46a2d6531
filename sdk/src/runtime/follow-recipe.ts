// Does to secrets what a migration has done to what stood for them.
import type { SecretRecipe } from './protocol.ts';

/** A recipe cannot be followed; says why without a value. */
export class RecipeError extends Error {}

/** The fields whose secrets it is made of. */
export function sourcesOf(recipe: SecretRecipe): string[] {
  if ('field' in recipe) return [recipe.field];
  if ('text' in recipe) return [];
  return 'join' in recipe ? recipe.join.flatMap(sourcesOf) : sourcesOf(recipe.of);
}

/** `open` gives the secret that is stored in a field. @throws RecipeError */
export function followRecipe(recipe: SecretRecipe, open: (field: string) => string): string {
  if ('field' in recipe) return open(recipe.field);
  if ('text' in recipe) return recipe.text;
  if ('join' in recipe) return recipe.join.map((part) => followRecipe(part, open)).join('');
  const secret = followRecipe(recipe.of, open);
  const separator = 'before' in recipe ? recipe.before : recipe.after;
  const at = secret.indexOf(separator);
  if (at === -1) throw new RecipeError(`is cut at ${JSON.stringify(separator)}, which the stored secret does not have`);
  return 'before' in recipe ? secret.slice(0, at) : secret.slice(at + separator.length);
}
