// The room put together: people, their sessions, the tokens of programs, and what the edge asks of them.
import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Memories } from '../memory.ts';
import type { Store } from '../store/index.ts';
import type { Ticks } from '../ticks.ts';
import { type Access, createAccess } from './access.ts';
import { auditRoutes } from './audit-routes.ts';
import { cutAudit } from './audit-retention.ts';
import type { Audit } from './audit.ts';
import type { Denials } from './denials.ts';
import { embedRoutes } from './embed-routes.ts';
import { createEmbeds } from './embeds.ts';
import { oidcRoutes } from './oidc-routes.ts';
import type { OidcSettings } from './oidc-settings.ts';
import { createOidc } from './oidc.ts';
import { createPasswords } from './passwords.ts';
import { clearSessions } from './session-rows.ts';
import { sessionRoutes } from './session-routes.ts';
import { createSessions } from './sessions.ts';
import { createSetup } from './setup.ts';
import { createSignInTries } from './sign-in-tries.ts';
import { tokenRoutes } from './token-routes.ts';
import { createTokens, type Tokens } from './tokens.ts';
import { userRoutes } from './user-routes.ts';
import { createUsers } from './users.ts';

export interface AccessRoom {
  readonly access: Access;
  readonly tokens: Tokens;
  readonly routes: (app: FastifyInstance) => void;
  /** What the link for the first admin carries; undefined when there is one. */
  createSetupLink(): Promise<string | undefined>;
  /** Signs what forms have to show; the same on every host. */
  csrfKey(): Promise<string>;
}

export interface AccessRoomParts {
  readonly store: Pick<Store, 'db' | 'readAs'>;
  readonly audit: Audit;
  readonly denials: Denials;
  readonly ticks: Ticks;
  readonly memories: Memories;
  readonly limits: Limits;
  readonly log: Log;
  /** Where people reach the host; undefined: where they ask. */
  readonly publicUrl?: string | undefined;
  /** The provider that people sign in with, when there is one. */
  readonly oidc?: OidcSettings | undefined;
}

export function createAccessRoom(parts: AccessRoomParts): AccessRoom {
  const { store, audit, denials, ticks, memories, log, publicUrl, oidc: settings } = parts;
  const isSecure = isHttps(publicUrl);
  const limits = parts.limits.access;
  const { memory } = parts.limits;
  const tokens = createTokens({ store, audit, memories, limits: memory });
  const passwords = createPasswords(limits);
  const tries = createSignInTries(store.db, limits);
  const common = { store, audit, passwords, limits };
  const sessions = createSessions({ ...common, tries, memories, memory });
  const users = createUsers(common);
  const embeds = createEmbeds(common);
  const setup = createSetup({ ...common, sessions });
  const timeout = limits.provider / 1000;
  const oidc = settings && createOidc({ store, audit, sessions, settings, log, timeout });
  ticks.every('access: what is over', parts.limits.sync.clearing, async () => {
    await clearSessions(store.db, limits);
    await tries.clear();
    await embeds.clear();
  });
  ticks.every('access: audit', parts.limits.audit.tick, () => cutAudit({ store, audit, limits: parts.limits.audit }));
  return {
    access: createAccess({ store, denials, tokens, sessions, embeds, memories, limits: memory }),
    tokens,
    routes(app) {
      auditRoutes(app, audit);
      tokenRoutes(app, tokens);
      userRoutes(app, users);
      embedRoutes(app, embeds, limits);
      sessionRoutes(app, { sessions, setup, limits, isSecure, hasProvider: oidc !== undefined });
      oidcRoutes(app, { oidc, publicUrl, isSecure, signInsPerMinute: limits.signInsPerMinute });
    },
    createSetupLink: () => setup.createLink(),
    async csrfKey() {
      const key = randomBytes(32).toString('base64');
      await store.db
        .insertInto('csrf_key')
        .values({ single: true, key })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      return (await store.db.selectFrom('csrf_key').select('key').executeTakeFirstOrThrow()).key;
    },
  };
}

/** Then cookies are sent over https only. */
export function isHttps(publicUrl: string | undefined): boolean {
  return publicUrl?.startsWith('https:') ?? false;
}
