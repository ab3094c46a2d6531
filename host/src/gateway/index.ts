export { createGateway } from './gateway.ts';
export type { Gateway, GatewayLog, GatewayOptions, GatewayRun } from './gateway.ts';
export type { Connection, Credentials } from './connection.ts';
