// The one place where it is decided who may call what: first who asks, then their role, then whether they may see what the path and
// the body name. What somebody may not see is not there for them, with the same answer as what is not there at all.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Access, actAs, actorOf, atLeast, OWNED, type Owned, type RouteAccess } from '../access/index.ts';
import { Problem } from '../errors.ts';
import { demandDeclarations, identify } from './auth.ts';
import { assertMeant } from './edge.ts';

/** Members of a body that name what it is about, all over the API. */
const NAMED_IN_BODIES: Readonly<Record<string, Owned>> = {
  clientId: 'client',
  instanceId: 'instance',
  dashboardId: 'dashboard',
};

/** Call it before the routes are added. */
export function authorise(app: FastifyInstance, access: Access, origins: readonly string[]): void {
  demandDeclarations(app);
  // Fastify gives every request the member in advance, so that all have one shape.
  app.decorateRequest('principal');
  app.addHook('onRequest', async (request) => {
    const declared = request.routeOptions.config.access;
    if (declared === 'everybody') return;
    request.principal = await identify(request, access);
    if (request.principal.kind === 'user') {
      await assertMeant(request, origins).catch((error: unknown) => {
        noteDenial(request, access, { because: 'not meant by whoever is signed in' });
        throw error;
      });
    }
    // There is no such route; whoever is known may be told.
    if (declared === undefined) return;
    assertEmbeds(request, access, declared);
    assertRole(request, access, declared);
    await assertSeesPath(request, access, declared);
  });
  // After the body: what reads it would lose whose request it is.
  app.addHook('preHandler', (request, _reply, done) => {
    if (request.routeOptions.config.access === 'everybody') done();
    else actAs(actorOf(request), done);
  });
  app.addHook('preHandler', async (request) => {
    const declared = request.routeOptions.config.access;
    if (declared === undefined || declared === 'everybody' || request.principal.clients === 'all') return;
    await assertSeesBody(request, access, declared.about === 'new');
  });
}

type Declared = Exclude<RouteAccess, 'everybody'>;

/** What the token of a page is good for, and from where: browsers say where a page is from, whatever is in it. */
function assertEmbeds(request: FastifyRequest, access: Access, { embeds }: Declared): void {
  const { kind, origin } = request.principal;
  if (kind !== 'embed') return;
  if (embeds === true && request.headers.origin === origin) return;
  const what = embeds === true ? `from pages of ${origin}` : 'to read its widgets';
  noteDenial(request, access, { because: `an embed token is ${what} only` });
  throw new Problem('permission_denied', `an embed token is good ${what} only`, {
    next: 'Make another one: POST /api/embeds.',
  });
}

function assertRole(request: FastifyRequest, access: Access, { role, about }: Declared): void {
  const { principal } = request;
  if (!atLeast(principal.role, role)) {
    noteDenial(request, access, { needs: role });
    throw new Problem(
      'permission_denied',
      `${routeOf(request)} is for the role "${role}", yours is "${principal.role}"`,
      {
        next: `Ask somebody with the role "${role}".`,
      },
    );
  }
  if (about !== 'all' || principal.clients === 'all') return;
  noteDenial(request, access, { needs: 'all clients' });
  throw new Problem('permission_denied', `${routeOf(request)} is about all clients, and you are limited to some`, {
    next: 'Ask somebody who is limited to none.',
  });
}

async function assertSeesPath(request: FastifyRequest, access: Access, { about }: Declared): Promise<void> {
  const { clients, kind } = request.principal;
  if ((clients === 'all' && kind !== 'embed') || !isOwned(about)) return;
  const { [OWNED[about]]: id = '' } = request.params as Readonly<Record<string, string>>;
  await assertSees(request, access, about, id);
}

async function assertSeesBody(request: FastifyRequest, access: Access, isNew: boolean): Promise<void> {
  const body = (request.body ?? {}) as Readonly<Record<string, unknown>>;
  for (const [name, kind] of Object.entries(NAMED_IN_BODIES)) {
    const id = Object.hasOwn(body, name) ? body[name] : undefined;
    if (id === null) throw nobodys(name, 'null would make it nobody’s');
    if (typeof id === 'string') await assertSees(request, access, kind, id);
  }
  const named = Object.hasOwn(body, 'clientId') || Object.hasOwn(body, 'dashboardId');
  if (isNew && !named) throw nobodys('clientId', 'it has to be for one of them');
}

async function assertSees(request: FastifyRequest, access: Access, kind: Owned, id: string): Promise<void> {
  if (await access.sees(request.principal, kind, id)) return;
  noteDenial(request, access, { [kind]: id });
  throw new Problem('not_found', `there is no ${kind} "${id}"`, { next: 'Check the id: list what there is.' });
}

function nobodys(member: string, why: string): Problem {
  return new Problem('permission_denied', `you are limited to clients: ${why}`, {
    errors: [{ pointer: `/${member}`, message: 'must name one of your clients, or something of theirs' }],
    next: 'Name one of your clients, or ask somebody who is limited to none.',
  });
}

function noteDenial(request: FastifyRequest, access: Access, why: Readonly<Record<string, string>>): void {
  access.noteDenial(request, routeOf(request), why);
}

function routeOf({ method, routeOptions }: FastifyRequest): string {
  return `${method} ${routeOptions.url}`;
}

function isOwned(about: Declared['about']): about is Owned {
  return Object.hasOwn(OWNED, about);
}
