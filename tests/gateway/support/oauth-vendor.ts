// A vendor with a token endpoint as real ones are: it knows its client, hands out tokens that end, and replaces refresh tokens.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface TokenRequest {
  readonly form: URLSearchParams;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
}

export interface ApiCall {
  readonly method: string;
  readonly url: string;
  readonly token: string;
  readonly body: string;
  readonly status: number;
}

export interface OAuthVendor extends AsyncDisposable {
  readonly origin: string;
  readonly tokenUrl: string;
  readonly tokenRequests: TokenRequest[];
  readonly calls: ApiCall[];
  /** Access tokens that are good. */
  readonly good: Set<string>;
  /** The refresh token that is good; undefined when the app was never authorised. */
  refreshToken: string | undefined;
  /** Every access and refresh token ever issued. */
  readonly issued: string[];
  /** How the client may authenticate. */
  proofs: readonly ('basic' | 'body')[];
  /** Whether a refresh token is good for one use. */
  rotates: boolean;
  expiresIn: number | string | undefined;
  /** Answers the token endpoint's requests instead, when it returns true. */
  intercept: ((request: TokenRequest, response: ServerResponse) => boolean | Promise<boolean>) | undefined;
  /** Awaited between the making of new tokens and the answer that holds them. */
  delay: (() => Promise<void>) | undefined;
  /** What a good call is answered. */
  answer: (call: ApiCall, response: ServerResponse) => void;
}

export const CLIENT = { id: 'client:id/ü', secret: 'se:cret+/% canary-71c0ffee' } as const;

export async function startOAuthVendor(prefix = 'token'): Promise<OAuthVendor> {
  const newToken = (kind: string): string => {
    const token = `${prefix}-${kind}-${randomBytes(12).toString('base64url')}`;
    vendor.issued.push(token);
    return token;
  };
  const server = createServer((request, response) => {
    text(request)
      .then((body) => (request.url === '/oauth/token' ? token(request, response, body) : api(request, response, body)))
      .catch(() => response.destroy());
  });
  const answer = (response: ServerResponse, status: number, value: object): void =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));

  async function token(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const { authorization, 'content-type': contentType } = request.headers;
    const asked = { form: new URLSearchParams(body), authorization, contentType };
    vendor.tokenRequests.push(asked);
    if ((await vendor.intercept?.(asked, response)) === true) return;
    const { form } = asked;
    if (!isClient(asked, vendor.proofs)) return answer(response, 401, { error: 'invalid_client' });
    const grant = form.get('grant_type');
    if (grant === 'refresh_token') {
      // As Atlassian answers it.
      if (form.get('refresh_token') !== vendor.refreshToken) return answer(response, 403, { error: 'invalid_grant' });
      if (vendor.rotates) vendor.refreshToken = newToken('refresh');
    } else if (grant !== 'client_credentials') {
      return answer(response, 400, { error: 'unsupported_grant_type' });
    }
    const access = newToken('access');
    vendor.good.add(access);
    const { refreshToken } = vendor;
    await vendor.delay?.();
    answer(response, 200, {
      access_token: access,
      token_type: 'Bearer',
      ...(vendor.expiresIn === undefined ? {} : { expires_in: vendor.expiresIn }),
      ...(grant === 'refresh_token' && vendor.rotates ? { refresh_token: refreshToken } : {}),
    });
  }

  function api(request: IncomingMessage, response: ServerResponse, body: string): void {
    const [, token = ''] = /^Bearer (.*)$/.exec(request.headers.authorization ?? '') ?? [];
    const status = vendor.good.has(token) ? 200 : 401;
    const call = { method: request.method ?? '', url: request.url ?? '', token, body, status };
    vendor.calls.push(call);
    if (status === 200) vendor.answer(call, response);
    else answer(response, 401, { error: 'invalid_token' });
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const vendor: OAuthVendor = {
    origin,
    tokenUrl: `${origin}/oauth/token`,
    tokenRequests: [],
    calls: [],
    good: new Set(),
    refreshToken: undefined,
    issued: [],
    proofs: ['basic', 'body'],
    rotates: true,
    expiresIn: 3600,
    intercept: undefined,
    delay: undefined,
    answer: (_call, response) => answer(response, 200, { name: 'bot' }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return vendor;
}

function isClient({ form, authorization }: TokenRequest, proofs: OAuthVendor['proofs']): boolean {
  const [, encoded] = /^Basic (.*)$/.exec(authorization ?? '') ?? [];
  if (encoded !== undefined) {
    const pair = Buffer.from(encoded, 'base64').toString().split(':');
    const [id, secret] = pair.map((part) => new URLSearchParams(`x=${part}`).get('x'));
    return proofs.includes('basic') && pair.length === 2 && id === CLIENT.id && secret === CLIENT.secret;
  }
  const fits = form.get('client_id') === CLIENT.id && form.get('client_secret') === CLIENT.secret;
  return proofs.includes('body') && fits;
}
