import type { Principal } from './principal.ts';

/** Who acts, as the audit names them. */
export interface Actor {
  readonly kind: Principal['kind'] | 'host';
  /** Id of the user or token, never what they are known by; null for the host itself. */
  readonly id: string | null;
  /** Where the request came from. */
  readonly address: string | null;
  readonly requestId: string | null;
}

/** What the host does by itself. */
export const HOST: Actor = { kind: 'host', id: null, address: null, requestId: null };

export function actorOf(request: { readonly principal: Principal; readonly ip: string; readonly id: string }): Actor {
  const { kind, id } = request.principal;
  return { kind, id, address: request.ip, requestId: request.id };
}
