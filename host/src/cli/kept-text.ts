// What the demo makes up once and has again at its next start: secrets, and where its vendors are.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Without a folder nothing is kept. */
export async function keptText(folder: string | undefined, name: string, make: () => string): Promise<string> {
  if (folder === undefined) return make();
  const file = join(folder, name);
  if (existsSync(file)) return readFile(file, 'utf8');
  const text = make();
  await keep(folder, name, text);
  return text;
}

export async function keep(folder: string | undefined, name: string, text: string): Promise<void> {
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, name), text, { mode: 0o600 });
}

export function newSecret(): string {
  return randomBytes(24).toString('base64url');
}
