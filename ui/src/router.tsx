// Which page stands where. Each page is loaded when somebody goes there.
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { dashboardsQuery, lastDashboard } from './api/dashboards.ts';
import { sessionQuery } from './api/session.ts';
import { PageFailure, PageMissing, PagePending } from './parts/page-states.tsx';

interface Context {
  readonly queries: QueryClient;
}

const rootRoute = createRootRouteWithContext<Context>()({ notFoundComponent: PageMissing });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: ({ next, failed }: Record<string, unknown>): { next?: string; failed?: string } => ({
    ...(typeof next === 'string' && isOfApp(next) ? { next } : {}),
    ...(typeof failed === 'string' ? { failed } : {}),
  }),
  component: lazyRouteComponent(() => import('./pages/sign-in/sign-in-page.tsx'), 'SignInPage'),
});

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  component: lazyRouteComponent(() => import('./pages/sign-in/setup-page.tsx'), 'SetupPage'),
});

/** Everything that only people who are signed in see. */
const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  beforeLoad: async ({ context, location }) => {
    if ((await context.queries.query({ ...sessionQuery, staleTime: 'static' })) !== null) return;
    const search = location.href === '/' ? {} : { next: location.href };
    redirect({ to: '/sign-in', search, throw: true });
  },
  component: lazyRouteComponent(() => import('./shell/shell.tsx'), 'Shell'),
});

const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  beforeLoad: async ({ context }) => {
    const dashboards = await context.queries.query(dashboardsQuery);
    const last = lastDashboard();
    const id = dashboards.find((dashboard) => dashboard.id === last)?.id ?? dashboards[0]?.id;
    if (id === undefined) redirect({ to: '/dashboards', throw: true });
    else redirect({ to: '/dashboards/$id', params: { id }, throw: true });
  },
});

const dashboardsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/dashboards',
  component: lazyRouteComponent(() => import('./pages/dashboards/dashboards-page.tsx'), 'DashboardsPage'),
});

const dashboardRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/dashboards/$id',
  validateSearch: (search: Record<string, unknown>): { days?: number } =>
    Number.isInteger(search['days']) && Number(search['days']) > 0 ? { days: Number(search['days']) } : {},
  component: lazyRouteComponent(() => import('./pages/dashboards/dashboard-page.tsx'), 'DashboardPage'),
});

const pluginsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/plugins',
  component: lazyRouteComponent(() => import('./pages/plugins/plugins-page.tsx'), 'PluginsPage'),
});

const pluginRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/plugins/$plugin',
  component: lazyRouteComponent(() => import('./pages/plugins/plugin-page.tsx'), 'PluginPage'),
});

const newPluginChangeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/plugin-changes/new',
  validateSearch: texts('plugin'),
  component: lazyRouteComponent(() => import('./pages/plugins/new-change-page.tsx'), 'NewChangePage'),
});

const pluginChangeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/plugin-changes/$change',
  component: lazyRouteComponent(() => import('./pages/plugins/change-page.tsx'), 'ChangePage'),
});

const instancesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/instances',
  validateSearch: texts('plugin', 'client', 'health'),
  component: lazyRouteComponent(() => import('./pages/instances/instances-page.tsx'), 'InstancesPage'),
});

const newInstanceRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/instances/new',
  validateSearch: texts('plugin'),
  component: lazyRouteComponent(() => import('./pages/instances/new-instance-page.tsx'), 'NewInstancePage'),
});

const instanceRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/instances/$id',
  validateSearch: texts('tab', 'query'),
  component: lazyRouteComponent(() => import('./pages/instances/instance-page.tsx'), 'InstancePage'),
});

const clientsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/clients',
  validateSearch: texts('tab'),
  component: lazyRouteComponent(() => import('./pages/clients/clients-page.tsx'), 'ClientsPage'),
});

const clientRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/clients/$id',
  validateSearch: texts('tab'),
  component: lazyRouteComponent(() => import('./pages/clients/client-page.tsx'), 'ClientPage'),
});

const runsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/runs',
  validateSearch: texts('instance', 'state'),
  component: lazyRouteComponent(() => import('./pages/runs/runs-page.tsx'), 'RunsPage'),
});

const repairsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/repairs',
  validateSearch: texts('state', 'instance'),
  component: lazyRouteComponent(() => import('./pages/repairs/repairs-page.tsx'), 'RepairsPage'),
});

const auditRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/audit',
  validateSearch: texts('action', 'instance'),
  component: lazyRouteComponent(() => import('./pages/audit/audit-page.tsx'), 'AuditPage'),
});

const peopleRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/people',
  validateSearch: texts('tab'),
  component: lazyRouteComponent(() => import('./pages/people/people-page.tsx'), 'PeoplePage'),
});

const legacyRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/legacy',
  validateSearch: texts('tab'),
  component: lazyRouteComponent(() => import('./pages/legacy/legacy-page.tsx'), 'LegacyPage'),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  setupRoute,
  shellRoute.addChildren([
    homeRoute,
    dashboardsRoute,
    dashboardRoute,
    pluginsRoute,
    pluginRoute,
    newPluginChangeRoute,
    pluginChangeRoute,
    instancesRoute,
    newInstanceRoute,
    instanceRoute,
    clientsRoute,
    clientRoute,
    runsRoute,
    repairsRoute,
    auditRoute,
    peopleRoute,
    legacyRoute,
  ]),
]);

export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    context: { queries },
    defaultPreload: 'intent',
    defaultPendingComponent: PagePending,
    defaultErrorComponent: PageFailure,
    defaultNotFoundComponent: PageMissing,
    scrollRestoration: true,
  });
}

/** A path of this app, and no address that only looks like one. */
function isOfApp(path: string): boolean {
  return new URL(path, location.origin).origin === location.origin && /^\/(?![/\\])/.test(path);
}

/** What a page is asked to show: these names, as text; whatever else is in the address is left out. */
function texts<T extends string>(...names: readonly T[]) {
  return (search: Record<string, unknown>): { [name in T]?: string | undefined } => {
    const found = names.flatMap((name) => {
      const value = search[name];
      return typeof value === 'string' && value !== '' ? [[name, value] as const] : [];
    });
    return Object.fromEntries(found) as { [name in T]?: string };
  };
}
