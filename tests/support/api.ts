// What asks a host over HTTP, and the plugins.json that it starts with. Loads nothing of a host, which takes seconds of processor time.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const ADMIN_TOKEN = 'the-admin-token-of-these-tests-000';

/** A plugin as plugins.json names it: one of a test's own, or one that comes with the host. */
export interface PluginFolder {
  readonly folder: string;
  readonly version: { readonly package: string; readonly hosts: readonly string[] };
}

/** Writes a plugins.json for these plugins into the folder and returns its path. */
export async function writeManifest(folder: string, plugins: readonly PluginFolder[]): Promise<string> {
  const file = join(folder, 'plugins.json');
  const entries = plugins.map((plugin) => ({
    package: plugin.version.package,
    path: plugin.folder,
    grant: { hosts: plugin.version.hosts },
  }));
  await writeFile(file, JSON.stringify({ plugins: entries }));
  return file;
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface Api {
  /** `body` is sent as JSON; a string is sent as it is. */
  send(method: string, path: string, body?: unknown, init?: RequestInit): Promise<Response>;
  /** The same, with the answer's JSON read; undefined when there is none. */
  call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    init?: RequestInit,
  ): Promise<Answer<T>>;
}

export function createApi(url: string, token: string): Api {
  const send: Api['send'] = (method, path, body, init = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${token}`);
    if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return fetch(url + path, { ...init, method, headers, ...(body === undefined ? {} : { body: text }) });
  };
  const call: Api['call'] = async (...request) => {
    const response = await send(...request);
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, body: text === '' ? undefined : JSON.parse(text) };
  };
  return { send, call };
}
