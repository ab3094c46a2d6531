import { Problem } from '../errors.ts';

export type ClientParameters = Readonly<Record<string, string | number | boolean>>;

/** Knows what a client's instances may know of it. */
export interface ClientFinder {
  parametersOf(clientId: string): Promise<ClientParameters>;
}

/** PostgreSQL: foreign_key_violation. */
const NOT_THERE = '23503';

/** Awaits a change, and names the client when there is none of that id. */
export async function refusingUnknownClient<T>(clientId: string | null | undefined, change: Promise<T>): Promise<T> {
  try {
    return await change;
  } catch (error) {
    const { code, constraint } = error as { code?: string; constraint?: string };
    if (code !== NOT_THERE || constraint?.endsWith('_client_id_fkey') !== true) throw error;
    const errors = [{ pointer: '/clientId', message: 'is no client' }];
    throw new Problem('config_invalid', `there is no client "${clientId}"`, {
      errors,
      next: 'GET /api/clients lists the clients; POST /api/clients creates one.',
    });
  }
}
