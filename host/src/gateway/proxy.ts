// The proxy of a host: which way calls leave it.
import { Problem } from '../errors.ts';

export interface ProxySettings {
  /** http or https, without path; may hold a user name and password. */
  readonly url: string;
  /** Hosts that are called directly: a name, `*.` and a name, or an address. */
  readonly bypass: readonly string[];
  /**
   * host: names are resolved and judged here, and the proxy is told the address, so the policy holds as it does without one.
   * proxy: for networks where only the proxy can resolve; names are judged here, and the proxy must judge the addresses.
   */
  readonly resolves: 'host' | 'proxy';
}

/** From the environment; undefined when none is set. @throws Problem `config_invalid`, without the URL: it may hold a password. */
export function parseProxy(settings: {
  readonly url: string | undefined;
  readonly bypass: string | undefined;
  readonly resolves: string | undefined;
}): ProxySettings | undefined {
  if (settings.url === undefined || settings.url === '') return undefined;
  const url = URL.parse(settings.url);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '') {
    throw new Problem('config_invalid', 'JACKFIELD_PROXY must be an http or https URL without a path');
  }
  const { resolves = 'host' } = settings;
  if (resolves !== 'host' && resolves !== 'proxy') {
    throw new Problem('config_invalid', `JACKFIELD_PROXY_RESOLVES must be "host" or "proxy" (got "${resolves}")`);
  }
  const bypass = (settings.bypass ?? '').split(',').map((host) => host.trim().toLowerCase());
  return { url: url.href, bypass: bypass.filter((host) => host !== ''), resolves };
}

export function isBypassed({ bypass }: ProxySettings, hostname: string): boolean {
  const plain = hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return bypass.some((host) => (host.startsWith('*.') ? plain.endsWith(host.slice(1)) : plain === host));
}
