// Which page stands where. Each page is loaded when somebody goes there.
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { sessionQuery } from './api/session.ts';
import { PageFailure, PageMissing, PagePending } from './parts/page-states.tsx';

interface Context {
  readonly queries: QueryClient;
}

const rootRoute = createRootRouteWithContext<Context>()({ notFoundComponent: PageMissing });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search['next'] === 'string' && isOfApp(search['next']) ? { next: search['next'] } : {},
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
  beforeLoad: () => {
    redirect({ to: '/plugins', throw: true });
  },
});

const pluginsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/plugins',
  component: lazyRouteComponent(() => import('./pages/plugins/plugins-page.tsx'), 'PluginsPage'),
});

const routeTree = rootRoute.addChildren([signInRoute, setupRoute, shellRoute.addChildren([homeRoute, pluginsRoute])]);

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
