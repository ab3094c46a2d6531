// What the host needs to start sandbox threads. It imports this, and nothing else of the SDK.
import { fileURLToPath } from 'node:url';

export { csvText } from './csv.ts';
export { followRecipe, RecipeError, sourcesOf } from './follow-recipe.ts';
export type * from './protocol.ts';

/** The file a sandbox thread starts with, worker.ts in one piece: beside the bundle, all that a thread may read. Made by scripts/build-threads.ts. */
export const runtimeFile: string = fileURLToPath(new URL('../../dist/threads/sandbox.mjs', import.meta.url));
