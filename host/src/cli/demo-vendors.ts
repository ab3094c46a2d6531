// The demo's sample vendors. At its next start they are where they were, with the same credentials: instances that somebody has made of
// them go on to work.
import { join } from 'node:path';
import { keep, keptText, newSecret } from './kept-text.ts';
import { startSimulator } from './simulators.ts';

/** What an instance of each needs. */
export interface DemoConfigs {
  readonly jira: VendorConfig & { readonly email: string };
  readonly fortigate: VendorConfig;
}

interface VendorConfig {
  readonly baseUrl: string;
  readonly apiToken: string;
}

export interface DemoVendors extends AsyncDisposable {
  readonly configs: DemoConfigs;
}

const EMAIL = 'demo@example.com';

/** `root`: of the repository. `folder`: where what they are is kept; without one it is made up each time. */
export async function startVendors(
  root: string,
  folder: string | undefined,
  faults: readonly string[] = [],
): Promise<DemoVendors> {
  await using stack = new AsyncDisposableStack();
  const start = async (vendor: string, args: readonly string[]): Promise<VendorConfig> => {
    const apiToken = await keptText(folder, `demo-${vendor}-token`, newSecret);
    const port = await keptText(folder, `demo-${vendor}-port`, () => '0');
    const main = join(root, 'plugins', vendor, 'simulator/main.ts');
    // With the equals sign: a random token may start with a dash.
    const own = [`--token=${apiToken}`, ...args, ...faultsOf(vendor, faults)];
    const { url } = stack.use(await startSimulator(main, own, Number(port)));
    await keep(folder, `demo-${vendor}-port`, new URL(url).port);
    return { baseUrl: url, apiToken };
  };
  const jira = { ...(await start('jira', [`--email=${EMAIL}`])), email: EMAIL };
  const fortigate = await start('fortigate', []);
  const parts = stack.move();
  return { configs: { jira, fortigate }, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

function faultsOf(vendor: string, faults: readonly string[]): string[] {
  const prefix = `${vendor}:`;
  return faults.flatMap((fault) => (fault.startsWith(prefix) ? [`--fault=${fault.slice(prefix.length)}`] : []));
}
