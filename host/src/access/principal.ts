import type { ClientScope } from './client-scope.ts';
import type { Role } from '../roles.ts';

/** Who asks. */
export interface Principal {
  /** `token`: a program. `user`: a person, in a session. `embed`: a page of another site. */
  readonly kind: 'token' | 'user' | 'embed';
  /** Of the user or token; never what they are known by. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly clients: ClientScope;
  /** Of a person. */
  readonly sessionId?: string;
  /** Of a page of another site: whose, and the widgets that it may show. */
  readonly origin?: string;
  readonly widgets?: ReadonlySet<string>;
}
