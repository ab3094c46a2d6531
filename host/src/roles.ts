// Who may do what, as a ladder: each role may do all that those before it may.

export const ROLES = ['user', 'engineer', 'manager', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export function isRole(value: string): value is Role {
  return (ROLES as readonly string[]).includes(value);
}

export function higherOf(one: Role, other: Role): Role {
  return atLeast(one, other) ? one : other;
}

export function atLeast(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
