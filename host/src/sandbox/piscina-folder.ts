// Where Piscina is: its worker file runs in every thread. Looked for here and told to a plugin's process, which may not look around:
// a folder of packages on the way that it may not read ends it.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

export const PISCINA_FOLDER: string = dirname(createRequire(import.meta.url).resolve('piscina'));
