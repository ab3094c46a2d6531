export type { LastRead } from './last-reads.ts';
export { type InstanceScope, scopeOf } from './scope.ts';
export type { Group, Per } from './statement.ts';
export { createViews, type ViewRequest, type ViewRows, type Views } from './views.ts';
