// The five questions. What a flag has said is not asked.
import { cancel, type CANCEL_SYMBOL, intro, isCancel, select, text, type TextOptions } from '@clack/prompts';
import { CommandError } from '../command-error.ts';
import { defaultsFor, faults, type Answers, type Licence, type SignIn } from './answers.ts';

const SIGN_IN_OPTIONS: readonly { value: SignIn; label: string; hint: string }[] = [
  { value: 'bearer', label: 'Token', hint: 'Authorization: Bearer …' },
  { value: 'basic', label: 'User and password', hint: 'Authorization: Basic …' },
  { value: 'header', label: 'Key in a header', hint: 'X-Api-Key: …' },
  { value: 'none', label: 'Not at all', hint: 'a public API' },
];

const LICENCE_OPTIONS: readonly { value: Licence; label: string }[] = [
  { value: 'Apache-2.0', label: 'Apache-2.0' },
  { value: 'MIT', label: 'MIT' },
  { value: 'UNLICENSED', label: 'None: all rights reserved' },
];

type Terminal = Pick<TextOptions, 'input' | 'output'>;

/** @throws CommandError when somebody ends it. */
export async function ask(given: Partial<Answers>, terminal: Terminal = {}): Promise<Answers> {
  intro('A new Jackfield plugin', terminal);
  const displayName =
    given.displayName ??
    (await typed({
      ...terminal,
      message: 'What is the system called?',
      placeholder: 'Acme Status',
      check: faults.displayName,
    }));
  const usual = defaultsFor(displayName);
  const packageName =
    given.packageName ??
    (await typed({
      ...terminal,
      message: 'And the npm package?',
      initialValue: usual.packageName,
      check: faults.packageName,
    }));
  const baseUrl =
    given.baseUrl ??
    (await typed({
      ...terminal,
      message: 'Where does its API answer?',
      initialValue: usual.baseUrl,
      check: faults.baseUrl,
    }));
  const signIn =
    given.signIn ??
    answered(await select({ ...terminal, message: 'How does one sign in?', options: [...SIGN_IN_OPTIONS] }));
  const licence =
    given.licence ??
    answered(await select({ ...terminal, message: 'Under which licence?', options: [...LICENCE_OPTIONS] }));
  return { displayName, packageName, baseUrl, signIn, licence };
}

interface Question extends Terminal {
  readonly message: string;
  readonly placeholder?: string;
  readonly initialValue?: string;
  readonly check: (text: string) => string | undefined;
}

async function typed({ check, ...question }: Question): Promise<string> {
  return answered(await text({ ...question, validate: (value) => check(value ?? '') }));
}

function answered<T>(value: T | typeof CANCEL_SYMBOL): T {
  if (!isCancel(value)) return value;
  cancel('Nothing was written.');
  throw new CommandError('ended before the last question');
}
