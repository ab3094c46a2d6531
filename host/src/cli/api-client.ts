/** A host's REST API, as the command line uses it. */
export interface ApiClient {
  send(method: string, path: string, body?: unknown): Promise<Response>;
}

export function createApiClient(url: string, token: string): ApiClient {
  return {
    send: (method, path, body) =>
      fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

/** @throws Error when the host refused. */
export async function readJson<T>(response: Response): Promise<T> {
  if (!response.ok) throw new Error(`the host answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
