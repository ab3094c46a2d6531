// How each way to sign in reads in the files of a new package.
import type { SignIn } from '../answers.ts';

export interface SignInText {
  /** Its helper in the SDK; none for none. */
  readonly helper: string | undefined;
  /** Config fields, each with its schema as code. */
  readonly fields: readonly { readonly name: string; readonly title: string; readonly secret: boolean }[];
  /** The member `auth` of the plugin. */
  readonly auth: string | undefined;
  /** What the simulator asks for: code that is true when it is there. */
  readonly accepts: string;
  /** What the README says about the fields. */
  readonly told: readonly string[];
}

export const SIGN_IN_TEXTS: Readonly<Record<SignIn, SignInText>> = {
  bearer: {
    helper: 'bearer',
    fields: [{ name: 'token', title: 'API token', secret: true }],
    auth: "[bearer({ token: 'token' })]",
    accepts: 'request.headers.authorization === `Bearer ${TOKEN}`',
    told: ['`token`: an API token of a user who may read items.'],
  },
  basic: {
    helper: 'basic',
    fields: [
      { name: 'username', title: 'User', secret: false },
      { name: 'password', title: 'Password', secret: true },
    ],
    auth: "[basic({ username: 'username', password: 'password' })]",
    accepts: "request.headers.authorization === `Basic ${Buffer.from(`${USERNAME}:${TOKEN}`).toString('base64')}`",
    told: ['`username`: a user who may read items.', '`password`: the password of that user.'],
  },
  header: {
    helper: 'apiKey',
    fields: [{ name: 'key', title: 'API key', secret: true }],
    auth: "[apiKey({ in: 'header', name: 'X-Api-Key', value: 'key' })]",
    accepts: `request.headers['x-api-key'] === TOKEN`,
    told: ['`key`: an API key that may read items.'],
  },
  none: { helper: undefined, fields: [], auth: undefined, accepts: 'true', told: [] },
};

/** An object literal with the config of the simulator's user: `{ token: TOKEN }`. */
export function simulatorConfig(signIn: SignIn): string {
  const members = SIGN_IN_TEXTS[signIn].fields.map(({ name, secret }) => `${name}: ${secret ? 'TOKEN' : 'USERNAME'}`);
  return `{ ${['baseUrl: url', ...members].join(', ')} }`;
}
