import { Problem } from '../errors.ts';
import { atLeast, type Role } from './roles.ts';
import type { Principal } from './tokens.ts';

/** @throws Problem `permission_denied` when the caller's role is lower. */
export function requireRole(principal: Principal, needed: Role, what: string): void {
  if (atLeast(principal.role, needed)) return;
  throw new Problem('permission_denied', `${what} is for the role "${needed}", yours is "${principal.role}"`, {
    next: `Ask somebody with the role "${needed}".`,
  });
}
