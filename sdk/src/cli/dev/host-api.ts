// What `dev` and `record` ask of the host that they have started.
import { CommandError } from '../command-error.ts';

export interface HostApi {
  get<T>(path: string): Promise<T>;
  send<T>(method: string, path: string, body: unknown): Promise<T>;
}

export function createHostApi(url: string, token: string): HostApi {
  const send = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new HostRefusal(response.status, text);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  return { get: (path) => send('GET', path), send };
}

/** The host's own words: a problem document. */
export class HostRefusal extends CommandError {
  readonly status: number;

  constructor(status: number, text: string) {
    const { detail = text, next, errors = [] } = parseProblem(text);
    const more = errors.map(({ pointer, detail }) => `\n  ${pointer ?? ''} ${detail ?? ''}`).join('');
    super(`the host answered ${status}: ${detail}${more}`, next);
    this.status = status;
  }
}

interface ProblemText {
  readonly detail?: string;
  readonly next?: string;
  readonly errors?: readonly { readonly pointer?: string; readonly detail?: string }[];
}

function parseProblem(text: string): ProblemText {
  try {
    return JSON.parse(text) as ProblemText;
  } catch {
    return {};
  }
}

/** Makes the instance, or gives the one that is there this config. */
export async function putInstance(
  api: HostApi,
  plugin: string,
  id: string,
  config: Readonly<Record<string, unknown>>,
): Promise<void> {
  try {
    await api.send('POST', '/api/instances', { plugin, id, name: id, config });
  } catch (error) {
    if (!(error instanceof HostRefusal) || error.status !== 409) throw error;
    await api.send('PATCH', `/api/instances/${id}`, { config });
  }
}
