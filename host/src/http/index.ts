export type { DeclaredRoute } from './auth.ts';
export { closeServer, createServer, type ServerOptions } from './server.ts';
