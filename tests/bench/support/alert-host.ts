// A host with one instance of the alert plugin, signed in to a vendor.
import { ADMIN_TOKEN } from '../../support/api.ts';
import { buildAlertPlugin } from './alert-plugin.ts';
import { type MeasuredHost, startMeasuredHost } from './hosts.ts';
import type { PluginFolder } from '../../support/api.ts';
import type { HostProcessOptions } from '../../support/host-process.ts';

export const SIGNED_IN = { authorization: `Bearer ${ADMIN_TOKEN}`, accept: 'application/json' } as const;

/** `others`: plugins beside it. `options`: of the host. */
export async function startAlertHost(
  bench: Parameters<typeof startMeasuredHost>[0],
  vendor: string,
  others: readonly PluginFolder[] = [],
  options: Pick<HostProcessOptions, 'env' | 'logLevel'> = {},
): Promise<MeasuredHost> {
  const plugin = bench.stack.use(await buildAlertPlugin());
  const host = await startMeasuredHost(bench, { ...options, plugins: [plugin, ...others] });
  const config = { baseUrl: vendor, token: 'a-token-of-the-vendor' };
  await host.send('POST', '/api/instances', { id: 'acme', plugin: 'alerts', name: 'Acme', config });
  return host;
}
