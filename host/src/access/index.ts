export { actorOf, type Actor } from './actor.ts';
export { auditRoutes } from './audit-routes.ts';
export { createAudit, type Audit, type AuditEntry, type AuditEvent } from './audit.ts';
export { requireRole } from './require-role.ts';
export { atLeast, higherOf, isRole, ROLES, type Role } from './roles.ts';
export { createTokens, type Principal, type Tokens } from './tokens.ts';
