import type { Principal } from './tokens.ts';

/** Who acts, as the audit names them. */
export interface Actor {
  readonly kind: 'token' | 'host';
  /** Id of the token, never the token; null for the host itself. */
  readonly id: string | null;
  /** Where the request came from. */
  readonly address: string | null;
  readonly requestId: string | null;
}

export function actorOf(request: { readonly principal: Principal; readonly ip: string; readonly id: string }): Actor {
  return { kind: 'token', id: request.principal.tokenId, address: request.ip, requestId: request.id };
}
