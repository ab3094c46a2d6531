import { GATEWAY } from './gateway.ts';
import type { Mutation } from './mutation.ts';
import { SANDBOX } from './sandbox.ts';

export type { Mutation } from './mutation.ts';
export { REASONS } from './reasons.ts';
export const MUTATIONS: readonly Mutation[] = [...SANDBOX, ...GATEWAY];
