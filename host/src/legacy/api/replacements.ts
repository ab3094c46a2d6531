// Every route of the old API, and what to call in its place.

/** By the route; `:id` is what the row has become. */
export const REPLACEMENTS = {
  'GET /api/external-systems': 'GET /api/plugins',
  'POST /api/external-systems': 'POST /api/instances',
  'GET /api/external-systems/:id': 'GET /api/instances/:id',
  'PUT /api/external-systems/:id': 'PATCH /api/instances/:id',
  'DELETE /api/external-systems/:id': 'DELETE /api/instances/:id',
  'POST /api/external-systems/:id/test-connection': 'POST /api/instances/:id/check',
  'GET /api/external-system-instances': 'GET /api/instances',
  'POST /api/external-system-instances': 'POST /api/instances',
  'GET /api/external-system-instances/:id': 'GET /api/instances/:id',
  'PUT /api/external-system-instances/:id': 'PATCH /api/instances/:id',
  'DELETE /api/external-system-instances/:id': 'DELETE /api/instances/:id',
  'GET /api/external-system-instances/:id/queries': 'GET /api/instances/:id/queries',
  'POST /api/external-system-instances/:id/query/:queryId': 'POST /api/instances/:id/queries/:query',
  'GET /api/external-widget-templates': 'GET /api/widgets',
  'POST /api/external-widget-templates': 'POST /api/widgets',
  'GET /api/external-widget-templates/:id': 'GET /api/widgets/:id',
  'PUT /api/external-widget-templates/:id': 'PATCH /api/widgets/:id',
  'DELETE /api/external-widget-templates/:id': 'DELETE /api/widgets/:id',
  'GET /api/external-mappings': 'GET /api/clients/:id/parameters',
  'POST /api/external-mappings': 'PATCH /api/clients/:id/parameters',
  'GET /api/external-mappings/:id': 'GET /api/clients/:id/parameters',
  'PUT /api/external-mappings/:id': 'PATCH /api/clients/:id/parameters',
  'DELETE /api/external-mappings/:id': 'PATCH /api/clients/:id/parameters',
  'GET /api/clients/:id/external-mappings': 'GET /api/clients/:id/parameters',
  'POST /api/clients/:id/external-mappings': 'PATCH /api/clients/:id/parameters',
  'GET /api/clients/:id/external-mappings/:mapping': 'GET /api/clients/:id/parameters',
  'PUT /api/clients/:id/external-mappings/:mapping': 'PATCH /api/clients/:id/parameters',
  'DELETE /api/clients/:id/external-mappings/:mapping': 'PATCH /api/clients/:id/parameters',
} as const;

export type OldRoute = keyof typeof REPLACEMENTS;

export interface Replacement {
  readonly method: string;
  /** With what the row has become in it, where that is known. */
  readonly path: string;
}

export function replacementOf(route: OldRoute, target: string | undefined, queryId?: string): Replacement {
  const [method = '', url = ''] = REPLACEMENTS[route].split(' ');
  const named = target === undefined ? url : url.replace(':id', encodeURIComponent(target));
  return { method, path: queryId === undefined ? named : named.replace(':query', encodeURIComponent(queryId)) };
}
