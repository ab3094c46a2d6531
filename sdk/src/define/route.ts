// Routes: what the vendor may call. The host checks the signature or the secret before the plugin is asked.
import type { Remove, Upsert } from './stream.ts';
import type { Context } from './types.ts';

/** The body is signed: a hexadecimal HMAC-SHA256 in a header. */
export interface HmacVerification {
  readonly type: 'hmac-sha256';
  /** Lower case. */
  readonly header: string;
  /** What stands before the signature: `sha256=`. */
  readonly prefix?: string;
  /** Secret config field that holds the key. */
  readonly secret: string;
}
/** A secret is sent along. */
export interface SecretVerification {
  readonly type: 'secret';
  readonly in: 'header' | 'query';
  readonly name: string;
  /** Secret config field that it must equal. */
  readonly secret: string;
}
/** How the host knows that it is the vendor who calls. */
export type Verification = HmacVerification | SecretVerification;

/** The body must be signed with the key in the secret config field `secret`. */
export function hmac(options: { header: string; prefix?: string; secret: string }): HmacVerification {
  return { type: 'hmac-sha256', ...options };
}

/** The secret config field `secret` must be sent along. In a header if the vendor can: a URL ends up in logs. */
export function sharedSecret(options: { in: 'header' | 'query'; name: string; secret: string }): SecretVerification {
  return { type: 'secret', ...options };
}

/** What the vendor sent, verified. The secret it was verified with is taken out. */
export interface RouteRequest {
  readonly method: string;
  /** Below the instance's routes: `/webhook`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Names are lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Read as UTF-8. */
  readonly body: string;
  /** The body as JSON. @throws VendorError `params_invalid` when it is not JSON. */
  json(): unknown;
}

/** Rows of one stream that a route changes. */
export interface RouteChange {
  readonly stream: string;
  readonly change: Upsert | Remove;
}

/** Rows of the stream with this id that are there, or gone, as of now. */
export function change(stream: string, step: Upsert | Remove): RouteChange {
  return { stream, change: step };
}

/** What a route answers. The changes are committed before the vendor gets it. */
export interface RouteAnswer {
  /** 200 to 299, or 400 to 499. Default 200. */
  readonly status?: number;
  readonly json?: unknown;
  readonly changes?: readonly RouteChange[];
}

/** A route. */
export interface RouteDef<Config> {
  readonly title: string;
  readonly description?: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** `/webhook`: lower case segments. */
  readonly path: string;
  /** The first one whose secret is set on the instance decides; while none is set, the route refuses everybody. */
  readonly verify: readonly [Verification, ...Verification[]];
  /** How long the same request is refused: `7d`. Default 7 days. */
  readonly replay?: string;
  /** Ids of the streams it may change. */
  readonly streams?: readonly string[];
  /** May run twice for one call when its thread dies. */
  handle(ctx: Context<Config>, request: RouteRequest): Promise<RouteAnswer>;
}

/** A route as `definePlugin` takes it. */
export type AnyRoute<Config = never> = RouteDef<Config>;

/**
 * Declares a route: a webhook of the vendor.
 *
 * @example
 * import { change, hmac, remove, route, upsert } from '@jackfield/sdk';
 *
 * export const webhook = route({
 *   title: 'Ticket webhook',
 *   method: 'POST',
 *   path: '/webhook',
 *   verify: [hmac({ header: 'x-signature', prefix: 'sha256=', secret: 'webhookSecret' })],
 *   streams: ['tickets'],
 *   async handle(_ctx, request) {
 *     const { event, ticket } = request.json() as { event: string; ticket: { id: string; title: string } };
 *     const step = event === 'deleted' ? remove([{ id: ticket.id }], 'deleted') : upsert([ticket]);
 *     return { changes: [change('tickets', step)] };
 *   },
 * });
 */
export function route(def: RouteDef<Record<string, unknown>>): RouteDef<Record<string, unknown>> {
  return def;
}
