// What a route says about who may call it. Every route says it beside its schema, and a host with one that does not is not built.
import type { Role } from '../roles.ts';

/** Things that belong to a client, and the part of a route's path that has their id. */
export const OWNED = {
  client: 'id',
  instance: 'id',
  dashboard: 'id',
  widget: 'id',
  run: 'run',
  repair: 'repair',
  reminder: 'id',
  'external-system': 'id',
  'external-instance': 'id',
  'external-template': 'id',
  'external-mapping': 'id',
} as const;
export type Owned = keyof typeof OWNED;

/**
 * Whose the things are that a route is about. One that somebody who is limited to clients may not see is not there for them.
 * - `nobody`: it has nothing of a client, such as the list of plugins.
 * - `some`: of many clients; its room leaves out what the caller may not see.
 * - `new`: made for the client, or on the dashboard, that the body names; who is limited to clients has to name one.
 * - `all`: of all clients at once; who is limited to some may not.
 * - else the one that the path names.
 */
export type Subject = 'nobody' | 'some' | 'new' | 'all' | Owned;

export type RouteAccess =
  | 'everybody'
  | {
      readonly role: Role;
      readonly about: Subject;
      /** Pages of other sites may call it too, for the widgets that their token is for. */
      readonly embeds?: true;
    };

interface RouteConfig {
  readonly access: RouteAccess;
  /** It changes no client, instance or plugin, whatever its method: what is remembered of them stays good. */
  readonly onlyAsks?: true;
}

/** Of a route that is asked with a body, or changes rows only. One that does not say it may change anything. */
export function onlyAsking(config: RouteConfig): RouteConfig {
  return { ...config, onlyAsks: true };
}

/** Needs no credentials. What it asks for instead, the route itself says. */
export const FOR_EVERYBODY: RouteConfig = { access: 'everybody' };

/** For everybody who has at least this role. */
export function forRole(role: Role, about: Subject): RouteConfig {
  return { access: { role, about } };
}

/** For everybody, and for pages of other sites: each is told what they may see. */
export const FOR_WATCHERS: RouteConfig = { access: { role: 'user', about: 'some', embeds: true } };

/** Of a widget: for everybody who may see it, and for pages of other sites that were given a token for it. */
export const FOR_VIEWERS: RouteConfig = { access: { role: 'user', about: 'widget', embeds: true } };
