// Who signs in to the app of `dev`: the same from one start to the next.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HostRefusal, type HostApi } from './host-api.ts';

export const LOGIN = 'dev@example.com';

/** @returns the password. */
export async function putLogin(api: HostApi, home: string): Promise<string> {
  const file = join(home, 'password');
  if (!existsSync(file)) await writeFile(file, randomBytes(12).toString('base64url'), { mode: 0o600 });
  const password = await readFile(file, 'utf8');
  try {
    await api.send('POST', '/api/users', { login: LOGIN, name: 'Dev', role: 'admin', password });
  } catch (error) {
    if (!(error instanceof HostRefusal) || error.status !== 409) throw error;
  }
  return password;
}
