import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ProblemError } from './client.ts';
import { sessionQuery } from './session.ts';

/** Answers are kept for as long as a look around takes. What fails is tried again only when that may help. */
export function createQueries(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: (error) => lookAgain(error) }),
    mutationCache: new MutationCache({ onError: (error) => lookAgain(error) }),
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

  // The session is over, or somebody else's since: the shell asks again who is signed in.
  function lookAgain(error: unknown): void {
    if (isAboutSession(error)) void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
  }
}

/** A vendor that refuses an instance is another matter. */
function isAboutSession(error: unknown): boolean {
  if (!(error instanceof ProblemError) || error.problem.instanceId !== undefined) return false;
  return error.problem.status === 401 || error.problem.status === 403;
}
