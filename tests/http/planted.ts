// What is planted in the instances of a sweep, and a vendor that tells all of it, or fails, in every way that is known of vendors.
import { selfSigned } from '../gateway/support/certificates.ts';
import { formsOf, newCanary } from '../support/canary.ts';
import { ADMIN_TOKEN } from '../support/host.ts';
import { json, silence, type VendorAnswer } from '../support/vendor.ts';

/** Secrets of each instance; those in capitals are issued by its vendor. Each may be told of by its own vendor only. */
export const OWNERS = {
  fixed: ['token', 'spare', 'webhookSecret'],
  oauth: ['clientSecret', 'refreshToken', 'spare', 'webhookSecret', 'ACCESS', 'ROTATED'],
} as const;
export type Owner = keyof typeof OWNERS;
export const owners = Object.keys(OWNERS) as Owner[];

export interface Canaries {
  readonly secrets: Readonly<Record<string, string>>;
  readonly certificate: string;
  readonly key: string;
  /** A secret that can be the name of a host. */
  readonly word: string;
  /** All of them, as vendors and libraries write them. */
  readonly told: string;
}

async function plant(owner: Owner): Promise<Canaries> {
  const { certificate, key } = await selfSigned({ names: ['jackfield.example'] });
  const word = `Spare${newCanary('x').replaceAll(/[^a-z0-9]/gi, '')}`;
  const secrets = { ...Object.fromEntries(OWNERS[owner].map((name) => [name, newCanary(name)])), spare: word };
  const told = [...Object.values(secrets), key].flatMap((secret) => {
    const base64 = Buffer.from(secret).toString('base64');
    const basic = Buffer.from(`user:${secret}`).toString('base64');
    const hex = Buffer.from(secret).toString('hex');
    const inJson = JSON.stringify(secret);
    const urls = [encodeURIComponent(secret), new URLSearchParams({ a: secret }).toString()];
    return [
      secret,
      base64,
      Buffer.from(secret).toString('base64url'),
      basic,
      hex,
      inJson,
      JSON.stringify(inJson),
      ...urls,
    ];
  });
  return { secrets, certificate, key, word, told: told.join(' alias ') };
}
export const planted: Readonly<Record<Owner, Canaries>> = { fixed: await plant('fixed'), oauth: await plant('oauth') };
export const FORMS: readonly string[] = [
  ADMIN_TOKEN,
  ...Object.values(planted).flatMap(({ secrets, key }) => [...Object.values(secrets), key.split('\n')[1] ?? '']),
].flatMap(formsOf);

export const ownerOf = (url = ''): Canaries => (url.startsWith('/oauth') ? planted.oauth : planted.fixed);
const tellingOf = ({ word, told }: Canaries): object => ({ word, text: told, error: told, error_description: told });
const headersOf = ({ told }: Canaries): Record<string, string> => ({
  'x-echo': encodeURIComponent(told).slice(0, 8000),
});

/** What may come from a vendor. */
export const FAULTS: Readonly<Record<string, (canaries: Canaries) => VendorAnswer>> = {
  ...Object.fromEntries(
    [400, 401, 403, 404, 429, 500, 503].map((status) => [
      `an answer with ${status}`,
      (canaries: Canaries): VendorAnswer =>
        (_, response) =>
          void response
            .writeHead(status, { ...headersOf(canaries), 'retry-after': '0' })
            .end(JSON.stringify(tellingOf(canaries))),
    ]),
  ),
  'an answer that is no JSON': (canaries) => (_, response) =>
    void response.writeHead(200, headersOf(canaries)).end(canaries.told),
  'a redirect to itself':
    ({ told }) =>
    ({ url }, response) =>
      void response
        .writeHead(302, { location: `${url?.split('?')[0]}?${encodeURIComponent(told).slice(0, 8000)}` })
        .end(told),
  'a redirect elsewhere':
    ({ word, told }) =>
    (_, response) =>
      void response
        .writeHead(302, { location: `https://${word}.elsewhere.example/?${encodeURIComponent(told).slice(0, 8000)}` })
        .end(told),
  silence: () => silence,
  'half an answer': (canaries) => (_, response) => {
    response.writeHead(200, { ...headersOf(canaries), 'content-length': '100000' });
    response.write(canaries.told, () => response.destroy());
  },
  'a body that stops': (canaries) => (_, response) => {
    response.writeHead(200, headersOf(canaries));
    response.write(canaries.told);
  },
  'what is no HTTP':
    ({ told }) =>
    (_, response) =>
      void response.socket?.end(`${told}\r\n\r\n`),
  'a body that is not compressed as it says': (canaries) => (_, response) =>
    void response.writeHead(200, { ...headersOf(canaries), 'content-encoding': 'gzip' }).end(canaries.told),
};

/** Tokens are issued; everything else is told all secrets. */
export const talkative: VendorAnswer = (request, response) => {
  const canaries = ownerOf(request.url);
  const { ACCESS: access_token, ROTATED: refresh_token } = canaries.secrets;
  const tokens = { access_token, refresh_token, token_type: 'bearer', expires_in: 3600 };
  if (request.method === 'POST' && request.url === '/oauth/token') return json(tokens)(request, response);
  response
    .writeHead(200, { 'content-type': 'application/json', ...headersOf(canaries) })
    .end(JSON.stringify(tellingOf(canaries)));
};
