import type { ClientScope } from './client-scope.ts';
import type { Role } from './roles.ts';

/** Who asks. */
export interface Principal {
  /** `token`: a program. */
  readonly kind: 'token';
  /** Of the token; never what it is known by. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly clients: ClientScope;
}
