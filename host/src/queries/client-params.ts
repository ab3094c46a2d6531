// Params with the values of a client in them: of the one that the instance belongs to, else of the one that is asked for.
import { type Clients, fillPlaceholders } from '../clients/index.ts';
import { queryOf } from './question.ts';
import type { FillParams } from './request.ts';

export function createFillParams(clients: Pick<Clients, 'parametersOf'>): FillParams {
  return async ({ view, client }, plugin, queryId, params, forClient) => {
    const clientId = view.clientId ?? forClient;
    const isOwn = view.clientId !== null || forClient === null;
    const parameters = isOwn ? client : await clients.parametersOf(forClient);
    const { params: schema } = queryOf(plugin, queryId);
    return fillPlaceholders(schema, params, parameters, { instanceId: view.id, clientId });
  };
}
