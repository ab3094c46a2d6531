// Secrets that are not kept here: `env:NAME` and `file:/path`. Whoever runs the host says which names and which folder may be read; a
// file is read again for each run, so that whoever changes it need not tell the host.
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, sep } from 'node:path';
import { type FieldError, Problem } from '../errors.ts';

export interface ReferenceSettings {
  /** Variables whose names begin so may be read; without it none may. */
  readonly envPrefix?: string | undefined;
  /** Files below this folder may be read; without it none may. */
  readonly folder?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

export interface References {
  /** Their values by field. @throws Problem `config_invalid` that names the fields whose secret is not there. */
  resolve(references: ReadonlyMap<string, string>, instanceId?: string): Promise<Map<string, string>>;
}

/** A certificate chain with its key has some 10 KB. */
const MOST = 64 * 1024;
/** What the host itself is started with is nobody's secret to send. */
const OWN = /^(?:JACKFIELD_|DATABASE_URL$|PG[A-Z])/;

export function createReferences({ envPrefix, folder, env = process.env }: ReferenceSettings): References {
  const ofEnvironment = (name: string): string => {
    if (OWN.test(name)) throw new Fault(`names the environment variable ${name}, which is the host's own`);
    if (envPrefix === undefined || envPrefix === '' || !name.startsWith(envPrefix)) {
      const allowed = envPrefix ? `those that begin with ${envPrefix}` : 'none (set JACKFIELD_REFERENCE_ENV_PREFIX)';
      throw new Fault(`names the environment variable ${name}, but this host may read only ${allowed}`);
    }
    const value = env[name];
    if (value === undefined || value === '')
      throw new Fault(`names the environment variable ${name}, which is not set`);
    return value;
  };
  const ofFile = async (path: string): Promise<string> => {
    const allowed = folder ? `those below ${folder}` : 'none (set JACKFIELD_REFERENCE_FOLDER)';
    const refused = new Fault(`names the file ${path}, but this host may read only ${allowed}`);
    if (folder === undefined || folder === '' || !isAbsolute(path)) throw refused;
    const missing = new Fault(`names the file ${path}, which cannot be read on this host`);
    const root = await real(folder);
    const file = await real(path);
    if (root === undefined) throw missing;
    // The same answer for a file elsewhere, whether it is there or not.
    if (file === undefined) throw path.startsWith(folder + sep) && !path.includes('..') ? missing : refused;
    if (!file.startsWith(root + sep)) throw refused;
    const text = await readText(file);
    if (text === undefined) throw missing;
    const value = text.replace(/\r?\n$/, '');
    if (value === '') throw new Fault(`names the file ${path}, which is empty`);
    return value;
  };
  const valueOf = async (reference: string): Promise<string> => {
    const [, kind, where = ''] = /^(env|file):(.+)$/s.exec(reference) ?? [];
    if (kind === 'env') return ofEnvironment(where);
    if (kind === 'file') return ofFile(where);
    throw new Fault('must be env:NAME or file:/path');
  };
  return {
    async resolve(references, instanceId) {
      const values = new Map<string, string>();
      const errors: FieldError[] = [];
      for (const [field, reference] of references) {
        try {
          values.set(field, await valueOf(reference));
        } catch (error) {
          if (!(error instanceof Fault)) throw error;
          errors.push({ pointer: `/config/${field}`, message: error.message });
        }
      }
      if (errors.length === 0) return values;
      const about = instanceId === undefined ? {} : { instanceId };
      const detail = `a secret is not where it should be: ${errors.map(({ pointer }) => pointer).join(', ')}`;
      throw new Problem('config_invalid', detail, { errors, ...about });
    },
  };
}

class Fault extends Error {}

async function real(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}

/** Undefined: it is not there, no file, or too large. */
async function readText(file: string): Promise<string | undefined> {
  try {
    // Not what has taken its place since, and not a pipe that nobody writes to.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size > MOST) return undefined;
    return await handle.readFile('utf8');
  } catch {
    return undefined;
  }
}
