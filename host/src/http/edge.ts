// What browsers are told and asked, all of it by Fastify's own plugins: who may read answers, what pages may do with them, cookies, and
// how often somebody may try to sign in.
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import csrf from '@fastify/csrf-protection';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../errors.ts';
import { helmetHeaders } from './helmet-headers.ts';

export interface EdgeOptions {
  /** Signs what a form has to show; the same on every host. */
  readonly csrfKey: string;
  /** Other sites whose pages may ask in the name of whoever is signed in. */
  readonly origins: readonly string[];
  /** The host is reached over https. */
  readonly isSecure: boolean;
  /** Addresses and networks of proxies in front of the host: what they say of where a request is from is believed. */
  readonly proxies: readonly string[];
}

/** Call it before routes are added, and before it is asked who calls. */
export async function guardEdge(app: FastifyInstance, { csrfKey, origins, isSecure }: EdgeOptions): Promise<void> {
  const said = await helmetHeaders({
    // There are no pages here: what a browser shows of an answer runs and loads nothing, and stands in no frame.
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    // Who may read an answer, CORS says.
    crossOriginResourcePolicy: { policy: 'same-site' },
    // What these say is about pages, or to programs that nobody runs any more.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
    strictTransportSecurity: isSecure ? { maxAge: 31_536_000 } : false,
  });
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(said);
    done();
  });
  const exposedHeaders = ['etag', 'location', 'retry-after', 'jackfield-as-of', 'jackfield-stale'];
  const listed = {
    origin: origins.length === 0 ? false : [...origins],
    credentials: true,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders,
    maxAge: 600,
  };
  // A page that shows a widget sends a token and no cookie. Which pages may, the token says: nobody has seen it yet when a browser asks.
  const shown = { origin: '*', credentials: false, methods: ['GET'], exposedHeaders, maxAge: 600 };
  await app.register(cors, {
    delegator: ({ headers: { origin }, url }, done) => {
      const isShown = SHOWN.test(url) && origin !== undefined && !origins.includes(origin);
      done(null, isShown ? shown : listed);
    },
  });
  await app.register(cookie);
  await app.register(csrf, {
    cookieKey: 'jackfield_csrf',
    cookieOpts: { path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure ? true : 'auto' },
    csrfOpts: { hmacKey: csrfKey, userInfo: true },
    getUserInfo: (request) => request.principal.sessionId ?? '',
    getToken: (request) => String(request.headers['x-csrf-token'] ?? ''),
    logLevel: 'debug',
  });
  await app.register(rateLimit, {
    global: false,
    errorResponseBuilder: (_request, { ttl }) =>
      new Problem('rate_limited', 'too many tries to sign in from this address', { retryAfterMs: ttl }),
    addHeaders: { 'retry-after': false },
  });
}

/** What FOR_VIEWERS and FOR_WATCHERS stand on. */
const SHOWN = /^\/api\/(widgets\/[^/?]+(\/data)?|events)(\?|$)/;

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a request that carries a cookie was meant by whoever has it: a browser sends it along whoever asks.
 * @throws Problem `permission_denied` when another site may have asked.
 */
export async function assertMeant(request: FastifyRequest, origins: readonly string[]): Promise<void> {
  const { origin } = request.headers;
  if (origin !== undefined && !origins.includes(origin) && !isOwn(origin, request.host)) {
    throw new Problem('permission_denied', 'the request comes from a page of another site', {
      next: 'Ask from the host’s own pages, or have an operator add the site to JACKFIELD_ORIGINS.',
    });
  }
  if (READS.has(request.method)) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // It answers by itself when it refuses: its answer is taken for what it says, and the host says it in its own way.
  const answer = { send: () => reject(forged()) };
  request.server.csrfProtection(request, answer as unknown as FastifyReply, resolve);
  return promise;
}

/** A browser leaves out a port that goes without saying. Whether it is http or https a proxy may have changed. */
function isOwn(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: wanted } = new URL(origin);
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === wanted;
}

function forged(): Problem {
  return new Problem('permission_denied', 'the request does not show that whoever is signed in has meant it', {
    next: 'Send the csrfToken of GET /api/session as the header x-csrf-token.',
  });
}
