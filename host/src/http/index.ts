export { type DeclaredRoute, identify } from './auth.ts';
export { closeServer, createServer, type ServerOptions } from './server.ts';
