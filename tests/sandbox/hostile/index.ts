export type { Idea, World } from './idea.ts';
export { buildIdea } from './build.ts';
export { openArena, type Arena, type Entrant } from './arena.ts';
import { CRASHES, EXCESS, FLOODS, LOOPS } from './disturbance.ts';
import { FILES } from './files.ts';
import type { Idea } from './idea.ts';
import { LEAKS } from './leaks.ts';
import { NETWORK } from './network.ts';
import { PROCESSES } from './processes.ts';
import { TAMPERING } from './tampering.ts';

export const GROUPS = {
  files: FILES,
  network: NETWORK,
  processes: PROCESSES,
  tampering: TAMPERING,
  leaks: LEAKS,
  loops: LOOPS,
  crashes: CRASHES,
  floods: FLOODS,
  excess: EXCESS,
} satisfies Record<string, readonly Idea[]>;
export type Group = keyof typeof GROUPS;

export const IDEAS: readonly Idea[] = Object.values(GROUPS).flat();
