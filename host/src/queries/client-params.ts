// Params with the values of a client in them: of the one that the instance belongs to, else of the one that is asked for.
import { type Clients, fillPlaceholders } from '../clients/index.ts';
import { hasPlaceholder } from './params.ts';
import { queryOf } from './question.ts';
import type { FillParams } from './request.ts';

export function createFillParams(clients: Pick<Clients, 'parametersOf'>): FillParams {
  return async ({ view, client }, plugin, queryId, params, forClient) => {
    const clientId = view.clientId ?? forClient;
    // Whoever has resolved the instance knows its own client's already.
    const own = view.clientId !== null || forClient === null ? client : undefined;
    const parameters =
      own ?? (clientId === null || !hasPlaceholder(params) ? {} : await clients.parametersOf(clientId));
    const { params: schema } = queryOf(plugin, queryId);
    return fillPlaceholders(schema, params, parameters, { instanceId: view.id, clientId });
  };
}
