import type { OpenBench } from './bench.ts';

/** The host's side: a package of its own, which a plugin has for its tests and never for its code. */
const HOST = '@jackfield/host/testing';

/** @throws Error that says what to install. */
export async function loadBench(): Promise<OpenBench> {
  let host: { readonly openBench: OpenBench };
  try {
    host = (await import(HOST)) as typeof host;
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const next = 'npm install --save-dev @jackfield/host';
    throw new Error(`plugins are tested in the sandbox of a host, which is not installed: ${next}`, { cause });
  }
  return host.openBench;
}
