// What a plugin may do, in plain words. The host enforces it; here it is only said.
import type { PluginDetails } from '@jackfield/host/answers';
import { duration } from '../../parts/time.ts';

export function permissionsOf(plugin: PluginDetails): string[] {
  const { hosts = [], network, rateLimits, limits, config } = plugin;
  const base = titleOf(config, network?.baseUrl ?? 'baseUrl');
  const { concurrency, rate } = rateLimits ?? {};
  return [
    `Calls the address that an admin sets as “${base}” of each instance, with the credentials of that instance. The host adds them; the plugin never sees them.`,
    hosts.length === 0 ? 'Calls no other host.' : `Calls these hosts too, which it was granted: ${hosts.join(', ')}.`,
    'Reads no file, opens no socket, starts no process, and sees no environment variable.',
    ...(concurrency === undefined ? [] : [`Asks one vendor at most ${concurrency} things at a time.`]),
    ...(rate === undefined ? [] : [`Sends at most ${rate.requests} requests in ${duration(rate.perMs)}.`]),
    ...Object.entries(limits ?? {}).map(([name, value]) => `Declares the limit ${name}: ${JSON.stringify(value)}.`),
  ];
}

function titleOf(config: PluginDetails['config'], field: string): string {
  const properties = (config as { properties?: Record<string, { title?: string }> } | undefined)?.properties;
  return properties?.[field]?.title ?? field;
}
