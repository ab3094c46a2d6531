export * from './guard.ts';
export * from './hooks.ts';
