// `jackfield-plugin dev`: a host on the embedded database with the plugin in the real sandbox, and its vendor's simulator beside it. What
// is saved replaces what runs, as an upgrade does; what does not build or is refused is said, and the last version that did goes on.
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BuildOptions } from '../../build/draft.ts';
import { createGoLive } from './go-live.ts';
import { createDevInstance } from './dev-instance.ts';
import { LOGIN, putLogin } from './dev-login.ts';
import { createDevPackage } from './dev-package.ts';
import { openDevVendor } from './dev-vendor.ts';
import { createHostApi, type HostApi } from './host-api.ts';
import { projectHost } from './project-host.ts';
import { followSaves } from './saves.ts';
import { createRequestLog } from './request-log.ts';

export interface DevOptions extends BuildOptions {
  readonly port: number;
  /** JSON with the config of an instance at a real vendor; without it the plugin's simulator is used. */
  readonly config?: string | undefined;
  readonly print: (line: string) => void;
}

export interface Dev extends AsyncDisposable {
  readonly url: string;
  readonly login: string;
  readonly password: string;
  readonly api: HostApi;
}

/** @throws BuildError when the plugin does not build; CommandError when there is no host, or it refuses the plugin. */
export async function startDev(folder: string, options: DevOptions): Promise<Dev> {
  await using stack = new AsyncDisposableStack();
  const root = resolve(folder);
  const { print } = options;
  const startHost = await projectHost(root);
  const home = join(root, '.jackfield');
  await mkdir(home, { recursive: true, mode: 0o700 });
  const source = createDevPackage(root, home, options);
  const log = createRequestLog(print);
  const draft = await source.build();
  log.runs(draft.code);
  const vendor = stack.use(await openDevVendor(root, options.config));

  const adminToken = randomBytes(24).toString('base64url');
  const host = await startHost({
    dataFolder: join(home, 'data'),
    manifestFile: source.manifestFile,
    adminToken,
    port: options.port,
    log: log.logger,
    onVendorCall: log.call,
  });
  stack.defer(() => host.stop());
  host.hooks.afterRun.tap('dev', log.run);
  const { url } = host;
  const api = createHostApi(url, adminToken);
  const instance = createDevInstance(api, vendor, print);

  const goLive = createGoLive({ host, instance, print });
  await goLive(draft, undefined, host.plugins);
  const password = await putLogin(api, home);
  stack.use(followSaves({ root, draft, source, log, vendor, instance, print, goLive, host }));
  const ends = stack.move();
  return { url, login: LOGIN, password, api, [Symbol.asyncDispose]: () => ends[Symbol.asyncDispose]() };
}
