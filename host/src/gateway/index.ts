export { createGateway } from './gateway.ts';
export type {
  EgressDenial,
  Gateway,
  GatewayCall,
  GatewayCaller,
  GatewayLog,
  GatewayOptions,
  GatewayRun,
} from './contract.ts';
export type {
  ClientCertificate,
  Connection,
  Credentials,
  FixedCredentials,
  OAuth2Credentials,
  RefreshTokenPlace,
  TlsSettings,
} from './connection.ts';
export type { RefreshTokens } from './token-desk.ts';
export type { BreakerKind, BreakerState, GateState, Pace, RateLimit } from './gate-state.ts';
export type { CassetteMode } from './cassette-desk.ts';
export { parseProxy, type ProxySettings } from './proxy.ts';
