export { atLeast, higherOf, isRole, ROLES, type Role } from './roles.ts';
export { createTokens, type Principal, type Tokens } from './tokens.ts';
