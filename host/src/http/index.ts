export { closeServer, createServer, type ServerOptions } from './server.ts';
