import type { Principal } from './principal.ts';

/** Who acts, as the audit names them. */
export interface Actor {
  /** `nobody`: somebody who is not known, or not yet. */
  readonly kind: Principal['kind'] | 'host' | 'nobody';
  /** Id of the user or token, never what they are known by; null for the host itself, and for nobody. */
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

/** Whoever asks before it is known who they are. */
export function nobodyOf(request: { readonly ip: string; readonly id: string }): Actor {
  return { kind: 'nobody', id: null, address: request.ip, requestId: request.id };
}
