import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ProblemError } from './client.ts';
import { sessionQuery } from './session.ts';

/** Answers are kept for as long as a look around takes. What fails is tried again only when that may help. */
export function createQueries(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        // The session is over: the shell asks again who is signed in, and nobody is.
        if (isSignedOut(error)) void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      },
    }),
    defaultOptions: {
      // What was sent is forgotten with the form that sent it: it may be a secret.
      mutations: { gcTime: 0 },
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => failures < 2 && error instanceof ProblemError && error.problem.status === 503,
      },
    },
  });
  return client;
}

function isSignedOut(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.status === 401 && error.problem.instanceId === undefined;
}
