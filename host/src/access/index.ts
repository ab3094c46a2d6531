export { createAccess, type Access } from './access.ts';
export { actAs, actingNow } from './acting.ts';
export { actorOf, type Actor, HOST } from './actor.ts';
export { auditRoutes } from './audit-routes.ts';
export { type CopyVerdict, verifyCopy } from './audit-copy.ts';
export { createAudit, type Audit, type AuditEntry, type AuditEvent, type AuditVerdict } from './audit.ts';
export { createDenials, type Denial, type Denials, egressDenial } from './denials.ts';
export { atLeast, higherOf, isRole, ROLES, type Role } from '../roles.ts';
export { tokenRoutes } from './token-routes.ts';
export { createTokens, type Tokens, type TokenView } from './tokens.ts';
export { type ClientScope, covers, ofClients, ofInstances } from './client-scope.ts';
export type { Principal } from './principal.ts';
export { keyOfScope } from './scope-key.ts';
export { createEmbeds, EMBED_PREFIX, type EmbedView } from './embeds.ts';
export {
  FOR_EVERYBODY,
  FOR_VIEWERS,
  onlyAsking,
  FOR_WATCHERS,
  forRole,
  OWNED,
  type Owned,
  type RouteAccess,
  type Subject,
} from './route-access.ts';
export { createPasswords } from './passwords.ts';
export { SESSION_COOKIE, sessionRoutes } from './session-routes.ts';
export { createSessions, type Sessions } from './sessions.ts';
export { createSetup } from './setup.ts';
export { createSignInTries } from './sign-in-tries.ts';
export { userRoutes } from './user-routes.ts';
export type { SessionView } from './session-rows.ts';
export type { UserView } from './user-rows.ts';
export { createUsers } from './users.ts';
export { type OidcSettings, parseOidc } from './oidc-settings.ts';
export { createAccessRoom, isHttps } from './room.ts';
