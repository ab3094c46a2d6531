import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem, toProblem } from '../errors.ts';
import type { Oidc, OidcTrip } from './oidc.ts';
import { FOR_EVERYBODY } from './route-access.ts';
import { callerOf, setSessionCookie } from './session-routes.ts';

const COOKIE = 'jackfield_oidc';
const PATH = '/api/session/oidc';
/** A path of this host, and nothing that a browser takes for another one. */
const OWN_PAGE = String.raw`^/([^/\\\s][^\\\s]*)?$`;
/** People look for their phones while they sign in. */
const TRIP_SECONDS = 600;

export interface OidcRoutesParts {
  readonly oidc: Oidc | undefined;
  /** Where people reach the host; undefined: where they ask. */
  readonly publicUrl: string | undefined;
  readonly isSecure: boolean;
  readonly signInsPerMinute: number;
}

/** Signing in at a provider. */
export function oidcRoutes(app: FastifyInstance, parts: OidcRoutesParts): void {
  const { publicUrl, isSecure, signInsPerMinute: max } = parts;
  const config = { ...FOR_EVERYBODY, rateLimit: { max, timeWindow: 60_000 } };
  const secure = isSecure ? true : 'auto';
  const callback = ({ protocol, host }: FastifyRequest): string =>
    `${publicUrl?.replace(/\/+$/, '') ?? `${protocol}://${host}`}${PATH}/callback`;

  app.get<{ Querystring: { next?: string } }>(
    PATH,
    {
      config,
      schema: {
        summary: 'Sends a browser to the provider to sign in',
        tags: ['session'],
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: {
            next: { type: 'string', pattern: OWN_PAGE, maxLength: 1000, description: 'Page to go to then.' },
          },
        },
        response: { 302: { description: 'To the provider' } },
      },
    },
    async (request, reply) => {
      const { url, trip } = await given(parts.oidc).leave(callback(request));
      const { next } = request.query;
      const value = Buffer.from(JSON.stringify({ ...trip, next })).toString('base64url');
      const cookie = { path: PATH, httpOnly: true, sameSite: 'lax', secure, maxAge: TRIP_SECONDS } as const;
      return reply.setCookie(COOKIE, value, cookie).header('cache-control', 'no-store').redirect(url, 302);
    },
  );

  app.get(
    `${PATH}/callback`,
    {
      config,
      schema: {
        summary: 'Where the provider sends the browser back to: signs in, and goes to the page that was asked for',
        tags: ['session'],
        // Without `properties` the document takes the keywords for parameters.
        querystring: { type: 'object', additionalProperties: true, properties: {} },
        response: { 302: { description: 'To the page' } },
      },
    },
    async (request, reply) => {
      reply.clearCookie(COOKIE, { path: PATH }).header('cache-control', 'no-store');
      try {
        const oidc = given(parts.oidc);
        const trip = tripOf(request.cookies[COOKIE]);
        const [, query = ''] = request.url.split('?', 2);
        const begun = await oidc.arrive(new URL(`${callback(request)}?${query}`), trip, callerOf(request));
        setSessionCookie({ isSecure }, begun, reply);
        return await reply.redirect(trip.next, 302);
      } catch (error) {
        if (!isShownToPeople(request)) throw error;
        const { code } = toProblem(error);
        if (code === 'internal') request.log.error({ err: error }, 'somebody could not be signed in');
        // The code only: a page that shows what an address says can be made to say anything.
        return reply.redirect(`/sign-in?failed=${code}`, 302);
      }
    },
  );
}

/** A browser that somebody looks at, and not a program. */
function isShownToPeople({ headers: { accept = '' } }: FastifyRequest): boolean {
  return accept.includes('text/html');
}

function given(oidc: Oidc | undefined): Oidc {
  if (oidc !== undefined) return oidc;
  throw new Problem('not_found', 'nobody signs in elsewhere here', {
    next: 'Sign in with a password, or set JACKFIELD_OIDC_ISSUER and start the host again.',
  });
}

interface Trip extends OidcTrip {
  readonly next: string;
}

function tripOf(cookie: string | undefined): Trip {
  try {
    const text = Buffer.from(cookie ?? '', 'base64url').toString();
    const { state, nonce, verifier, next = '/' } = JSON.parse(text) as OidcTrip & Partial<Trip>;
    if ([state, nonce, verifier].every((part) => typeof part === 'string' && part !== ''))
      return { state, nonce, verifier, next: new RegExp(OWN_PAGE).test(next) ? next : '/' };
  } catch {
    // Said below.
  }
  throw new Problem('auth_failed', 'this browser has not begun to sign in, or too long ago', {
    next: `Begin again: GET ${PATH}.`,
  });
}
