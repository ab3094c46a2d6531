// What the API answers, as types, for programs in TypeScript that ask it: the app does.
export type { UserView } from './access/index.ts';
export type { PluginDetails, PluginSummary } from './catalog/index.ts';
export type { Role } from './roles.ts';
