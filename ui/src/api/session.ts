// Who is signed in. The session itself is a cookie that no script can read.
import type { Role } from '@jackfield/host/answers';
import { type QueryClient, queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { ask, setCsrfToken } from './client.ts';

export interface Session {
  readonly kind: 'user' | 'token';
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Null: all. */
  readonly clients: readonly string[] | null;
}

/** How people sign in here, and whether whoever sits here has. */
export interface SignInWays {
  readonly provider: boolean;
  readonly signedIn: boolean;
}

export const waysQuery = queryOptions({
  queryKey: ['sign-in'],
  queryFn: ({ signal }) => ask<SignInWays>('GET', '/api/sign-in', { signal }),
  staleTime: 0,
});

/** Null when nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<Session | null> => {
    // Asked first, because a browser reports an answer of 401 as an error of the page.
    const { signedIn } = await ask<SignInWays>('GET', '/api/sign-in', { signal });
    if (!signedIn) return null;
    const { csrfToken, ...session } = await ask<Session & { csrfToken: string }>('GET', '/api/session', { signal });
    setCsrfToken(csrfToken);
    return session;
  },
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

const RANK: Readonly<Record<Role, number>> = { user: 0, engineer: 1, manager: 2, admin: 3 };

/** Whoever is signed in. Below the shell there always is somebody. */
export function useSession(): Session {
  const { data } = useSuspenseQuery(sessionQuery);
  if (data === null) throw new Error('nobody is signed in');
  return data;
}

/** Whether whoever is signed in has at least this role: for what to show; the host decides. */
export function useMay(role: Role): boolean {
  return RANK[useSession().role] >= RANK[role];
}

/** After somebody has signed in: what was known for somebody else is forgotten. */
export async function welcome(client: QueryClient): Promise<void> {
  client.clear();
  await client.query(sessionQuery);
}
