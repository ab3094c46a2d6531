export type { Idea, World } from './idea.ts';
export { buildIdea } from './build.ts';
import { DISTURBANCE } from './disturbance.ts';
import { FILES } from './files.ts';
import type { Idea } from './idea.ts';
import { LEAKS } from './leaks.ts';
import { NETWORK } from './network.ts';
import { PROCESSES } from './processes.ts';
import { TAMPERING } from './tampering.ts';

export const IDEAS: readonly Idea[] = [...FILES, ...NETWORK, ...PROCESSES, ...TAMPERING, ...LEAKS, ...DISTURBANCE];
