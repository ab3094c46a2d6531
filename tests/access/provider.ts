// A real OpenID provider, and a browser that signs in there: it keeps cookies, follows redirects and fills in the provider's forms.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export interface TestProvider extends AsyncDisposable {
  readonly issuer: string;
  /** Claims of whoever signs in with this login. They may change. */
  readonly people: Map<string, Record<string, unknown>>;
  /** From then on it answers, and sends people back there. */
  open(redirectUri: string): void;
}

export const CLIENT = { id: 'jackfield', secret: 'the-secret-of-the-client' };

export async function startProvider(): Promise<TestProvider> {
  let listener: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = createServer((request, response) => listener(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const people = new Map<string, Record<string, unknown>>();
  return {
    issuer,
    people,
    open(redirectUri) {
      const client = { client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri] };
      const provider = new Provider(issuer, {
        clients: [client],
        claims: { openid: ['sub', 'roles', 'clients'], email: ['email'], profile: ['name'] },
        cookies: { keys: ['a key of a test'] },
        findAccount: (_context: unknown, id: string) => ({
          accountId: id,
          claims: () => ({ sub: id, ...people.get(id) }),
        }),
      });
      listener = provider.callback();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface Arrival {
  readonly response: Response;
  readonly url: string;
  /** The cookies of the host that was asked first, as a header. */
  readonly cookie: string;
}

export class Browser {
  readonly #jars = new Map<string, Map<string, string>>();

  /** Opens an address, signs in where a form wants it, and stops where it is told nothing more. `until`: an address not to be opened. */
  async open(start: string, login: string, until?: (url: string) => boolean): Promise<Arrival> {
    let url = start;
    let body: URLSearchParams | undefined;
    for (let step = 0; step < 20; step += 1) {
      const response = await this.#ask(url, body);
      body = undefined;
      const next = response.headers.get('location');
      if (next !== null) {
        url = new URL(next, url).href;
        if (until?.(url)) return this.#arrival(response, url, start);
        continue;
      }
      const prompt = /name="prompt" value="(\w+)"/.exec(await response.clone().text())?.[1];
      if (prompt === undefined) return this.#arrival(response, url, start);
      body = new URLSearchParams({ prompt, login, password: 'any' });
    }
    throw new Error('the provider sends the browser round in circles');
  }

  async #ask(url: string, body: URLSearchParams | undefined): Promise<Response> {
    const jar = this.#jarOf(url);
    const headers = { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') };
    const response = await fetch(url, {
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { method: 'POST', body }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  #jarOf(url: string): Map<string, string> {
    const { origin } = new URL(url);
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    this.#jars.set(origin, jar);
    return jar;
  }

  #arrival(response: Response, url: string, start: string): Arrival {
    const cookie = [...this.#jarOf(start)].map(([name, value]) => `${name}=${value}`).join('; ');
    return { response, url, cookie };
  }
}
