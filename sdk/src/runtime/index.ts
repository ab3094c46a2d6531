// What the host needs to start sandbox threads. It imports this, and nothing else of the SDK.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export { csvText } from './csv.ts';
export type * from './protocol.ts';

const folder = dirname(fileURLToPath(import.meta.url));
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** The file a sandbox thread starts with. */
export const workerFile: string = join(folder, `worker.${extension}`);

/** Everything that file loads: the only files beside the bundle that a thread may read. */
export const runtimeFiles: readonly string[] = [
  folder,
  join(folder, `../define/errors.${extension}`),
  join(folder, '../../package.json'),
].filter((path) => existsSync(path));
