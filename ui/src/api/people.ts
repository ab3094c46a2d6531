import type { TokenView, UserView } from '@jackfield/host/answers';
import { queryOptions } from '@tanstack/react-query';
import { ask } from './client.ts';

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: async ({ signal }) => (await ask<{ users: readonly UserView[] }>('GET', '/api/users', { signal })).users,
});

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: async ({ signal }) => (await ask<{ tokens: readonly TokenView[] }>('GET', '/api/tokens', { signal })).tokens,
});
