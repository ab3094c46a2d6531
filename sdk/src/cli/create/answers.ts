// What `create` has to know, and what it takes when nobody says.
import { CommandError } from '../command-error.ts';

export const SIGN_INS = ['bearer', 'basic', 'header', 'none'] as const;
export type SignIn = (typeof SIGN_INS)[number];

export const LICENCES = ['Apache-2.0', 'MIT', 'UNLICENSED'] as const;
export type Licence = (typeof LICENCES)[number];

export interface Answers {
  /** The vendor system's name as people write it. */
  readonly displayName: string;
  /** npm's name of the package. */
  readonly packageName: string;
  /** Where the vendor's API answers. */
  readonly baseUrl: string;
  readonly signIn: SignIn;
  readonly licence: Licence;
}

/** `Acme Status` -> `acme-status`: the plugin's name. */
export function pluginName(displayName: string): string {
  const name = displayName
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[\p{M}'’]/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '');
  return name.slice(0, 40).replace(/-$/, '') || 'my-plugin';
}

export function defaultsFor(displayName: string): Answers {
  return {
    displayName,
    packageName: `jackfield-plugin-${pluginName(displayName)}`,
    baseUrl: `https://api.${pluginName(displayName)}.example`,
    signIn: 'bearer',
    licence: 'Apache-2.0',
  };
}

export const faults = {
  displayName: (text: string): string | undefined =>
    text.trim() === '' || text.length > 80 ? 'a name has 1 to 80 characters' : undefined,
  packageName: (text: string): string | undefined =>
    /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(text)
      ? undefined
      : 'npm takes lower case letters, digits, dashes, and a @scope/ before them',
  baseUrl: (text: string): string | undefined =>
    URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
      ? undefined
      : 'an http or https URL, such as https://api.example.com',
  signIn: (text: string): string | undefined => (isOneOf(SIGN_INS, text) ? undefined : `one of ${SIGN_INS.join(', ')}`),
  licence: (text: string): string | undefined =>
    isOneOf(LICENCES, text) ? undefined : `one of ${LICENCES.join(', ')}`,
} as const;

/** Flags as they were given. @throws CommandError that names the flag. */
export function assertFlags(flags: Partial<Record<keyof Answers, string>>): asserts flags is Partial<Answers> {
  for (const name of Object.keys(faults) as (keyof Answers)[]) {
    const text = flags[name];
    const fault = text === undefined ? undefined : faults[name](text);
    if (fault !== undefined) throw new CommandError(`--${flagOf(name)} ${JSON.stringify(text)}: ${fault}`);
  }
}

export function flagOf(name: keyof Answers): string {
  return { displayName: 'name', packageName: 'package', baseUrl: 'url', signIn: 'sign-in', licence: 'licence' }[name];
}

function isOneOf<T extends string>(values: readonly T[], text: string): text is T {
  return (values as readonly string[]).includes(text);
}
