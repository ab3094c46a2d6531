import type { ClientView } from '@jackfield/host/answers';
import { queryOptions } from '@tanstack/react-query';
import { ask, pathTo } from './client.ts';

export const clientsQuery = queryOptions({
  queryKey: ['clients'],
  queryFn: async ({ signal }) =>
    (await ask<{ clients: readonly ClientView[] }>('GET', '/api/clients', { signal })).clients,
});

export const clientQuery = (id: string) =>
  queryOptions({
    queryKey: ['clients', id],
    queryFn: ({ signal }) => ask<ClientView>('GET', pathTo(['clients', id]), { signal }),
  });
