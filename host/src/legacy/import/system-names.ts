// Which plugin a system of the old world is. Its name was free text: whoever typed it had the product or the vendor in mind.

/** What a system may also be called, by plugin. Words before and after (`acme jira prod`) are not looked for: they may say anything. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  jira: [
    'jira-cloud',
    'jira-server',
    'jira-dc',
    'jira-data-center',
    'jira-datacenter',
    'jira-software',
    'jira-service-management',
    'jira-service-desk',
    'jira-api',
    'jsm',
    'atlassian',
    'atlassian-jira',
    'atlassian-cloud',
  ],
  fortigate: [
    'forti-gate',
    'fortinet',
    'fortios',
    'fortinet-fortigate',
    'fortigate-firewall',
    'fortinet-firewall',
    'fgt',
  ],
};

/** `Jira_Cloud`, `JIRA  cloud` and `jira-cloud` are one name. */
export function foldName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
}

export interface NamedPlugin {
  readonly name: string;
  readonly displayName: string;
}

export type PluginOf =
  | { readonly plugin: string; readonly isInstalled: boolean; readonly isOwnName: boolean }
  | undefined;

/** By its name, its aliases, and `<name>-default`. A plugin that is known but not installed is said to be that. */
export function pluginNamed(installed: readonly NamedPlugin[], ...names: readonly (string | undefined)[]): PluginOf {
  for (const name of names) {
    const folded = name === undefined ? '' : foldName(name);
    if (folded === '') continue;
    for (const asked of [folded, folded.replace(/-default$/, '')]) {
      const own = installed.find((plugin) => foldName(plugin.name) === asked || foldName(plugin.displayName) === asked);
      if (own) return { plugin: own.name, isInstalled: true, isOwnName: folded === foldName(own.name) };
      const known = Object.entries(ALIASES).find(([plugin, aliases]) => plugin === asked || aliases.includes(asked));
      if (known) {
        const isInstalled = installed.some((plugin) => plugin.name === known[0]);
        return { plugin: known[0], isInstalled, isOwnName: false };
      }
    }
  }
  return undefined;
}
