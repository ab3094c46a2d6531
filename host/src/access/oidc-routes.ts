import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem, toProblem } from '../errors.ts';
import type { Oidc, OidcTrip } from './oidc.ts';
import { FOR_EVERYBODY } from './route-access.ts';
import { callerOf, setSessionCookie } from './session-routes.ts';

const COOKIE = 'jackfield_oidc';
const PATH = '/api/session/oidc';
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

  app.get(
    PATH,
    {
      config,
      schema: {
        summary: 'Sends a browser to the provider to sign in',
        tags: ['session'],
        response: { 302: { description: 'To the provider' } },
      },
    },
    async (request, reply) => {
      const { url, trip } = await given(parts.oidc).leave(callback(request));
      const value = Buffer.from(JSON.stringify(trip)).toString('base64url');
      const cookie = { path: PATH, httpOnly: true, sameSite: 'lax', secure, maxAge: TRIP_SECONDS } as const;
      return reply.setCookie(COOKIE, value, cookie).header('cache-control', 'no-store').redirect(url, 302);
    },
  );

  app.get(
    `${PATH}/callback`,
    {
      config,
      schema: {
        summary: 'Where the provider sends the browser back to: signs in, and goes to the first page',
        tags: ['session'],
        // Without `properties` the document takes the keywords for parameters.
        querystring: { type: 'object', additionalProperties: true, properties: {} },
        response: { 302: { description: 'To the first page' } },
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
        return await reply.redirect('/', 302);
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

function tripOf(cookie: string | undefined): OidcTrip {
  try {
    const { state, nonce, verifier } = JSON.parse(Buffer.from(cookie ?? '', 'base64url').toString()) as OidcTrip;
    if ([state, nonce, verifier].every((part) => typeof part === 'string' && part !== ''))
      return { state, nonce, verifier };
  } catch {
    // Said below.
  }
  throw new Problem('auth_failed', 'this browser has not begun to sign in, or too long ago', {
    next: `Begin again: GET ${PATH}.`,
  });
}
