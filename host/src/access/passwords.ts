// Passwords: argon2id, in the format that every library of it reads, so that its cost can be raised for new ones.
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import pLimit from 'p-limit';
import type { AccessLimits } from '../access-limits.ts';
import { Problem } from '../errors.ts';

export interface Passwords {
  /** @throws Problem `config_invalid` when it is too short, too long, or the login itself. */
  hash(password: string, login: string): Promise<string>;
  /** Takes as long when there is no hash, so that nobody can tell which accounts there are. */
  verify(password: string, hash: string | null): Promise<boolean>;
}

const BYTES = 32;
const FORMAT = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

export function createPasswords(limits: AccessLimits): Passwords {
  const { argonMemoryKb: memory, argonPasses: passes } = limits;
  const inTurn = pLimit(limits.hashesAtOnce);
  const nobodys = format({ memory, passes, salt: randomBytes(16), hash: randomBytes(BYTES) });
  return {
    async hash(password, login) {
      assertGood(password, login, limits);
      const salt = randomBytes(16);
      return format({ memory, passes, salt, hash: await inTurn(() => derive(password, { memory, passes, salt })) });
    },
    async verify(password, stored) {
      // Nothing that long is anybody's, and all of it would be hashed.
      if (Buffer.byteLength(password) > limits.passwordLongest) return false;
      const wanted = parse(stored ?? nobodys);
      const found = await inTurn(() => derive(password, wanted));
      return timingSafeEqual(found, wanted.hash) && stored !== null;
    },
  };
}

interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly salt: Buffer;
}

function derive(password: string, { memory, passes, salt: nonce }: Cost): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // The same letters give the same bytes on every keyboard.
  const message = password.normalize('NFKC');
  argon2('argon2id', { message, nonce, memory, passes, parallelism: 1, tagLength: BYTES }, (error, key) => {
    if (error === null) resolve(Buffer.from(key));
    else reject(error);
  });
  return promise;
}

function format({ memory, passes, salt, hash }: Cost & { readonly hash: Buffer }): string {
  const text = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${memory},t=${passes},p=1$${text(salt)}$${text(hash)}`;
}

function parse(stored: string): Cost & { readonly hash: Buffer } {
  const [, memory, passes, salt = '', hash = ''] = FORMAT.exec(stored) ?? [];
  if (memory === undefined) throw new Error('a stored password is in no format that is known');
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
  return { memory: Number(memory), passes: Number(passes), salt: bytes(salt), hash: bytes(hash) };
}

function assertGood(password: string, login: string, limits: AccessLimits): void {
  const { passwordShortest: least, passwordLongest: most } = limits;
  const fault =
    password.length < least
      ? `must have at least ${least} characters`
      : Buffer.byteLength(password) > most
        ? `must have at most ${most} bytes`
        : password.toLowerCase().includes(login)
          ? 'must not have the login in it'
          : undefined;
  if (fault === undefined) return;
  throw new Problem('config_invalid', `the password ${fault}`, { errors: [{ pointer: '/password', message: fault }] });
}
