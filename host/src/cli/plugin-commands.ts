// `jackfield plugin …`: plugins that come and go on hosts that run.
import { type Command, Option } from 'commander';
import type { HostView, PluginSummary } from '../lifecycle/index.ts';
import { askHostOf } from './ask-host.ts';
import { printTable } from './table.ts';
import { type ChangeOptions, runPluginChange } from './plugin-change.ts';

interface InstallOptions extends ChangeOptions {
  readonly integrity?: string;
  readonly isolation?: string;
}

export function addPluginCommands(program: Command): void {
  const plugin = program.command('plugin').description('install, upgrade, switch and remove plugins; for admins');
  const ask = askHostOf(plugin);
  const host = { ask, url: () => plugin.opts<{ url: string }>().url };
  const yes = ['--yes', 'do not ask'] as const;

  for (const action of ['add', 'upgrade'] as const) {
    plugin
      .command(action)
      .description(
        action === 'add' ? 'install a plugin' : 'install another version of a plugin, if every instance can go along',
      )
      .argument('<package>', 'a tarball here (.tgz), its URL, or an npm name with a version: @acme/plugin-x@1.2.0')
      .option('--integrity <sha512>', 'what the tarball must have')
      .addOption(
        new Option('--isolation <what>', "what the plugin's threads share").choices(['plugin', 'client', 'process']),
      )
      .option(...yes)
      .action((source: string, { integrity, isolation, ...options }: InstallOptions) =>
        runPluginChange(host, { action, source, ...defined({ integrity, isolation }) }, options),
      );
  }

  plugin
    .command('rollback')
    .description('go back to the version before, its configs too')
    .argument('<plugin>')
    .option('--to <version>', 'another one that is kept')
    .option(...yes)
    .action((name: string, { to, ...options }: ChangeOptions & { readonly to?: string }) =>
      runPluginChange(host, { action: 'rollback', plugin: name, ...defined({ version: to }) }, options),
    );

  const acts = {
    disable: 'switch a plugin off: nothing of it runs, everything of it stays',
    enable: 'switch a plugin on again',
    remove: 'take a plugin away; for 30 days it can be restored',
    restore: 'bring a removed plugin back, with everything it had',
  } as const;
  for (const [action, description] of Object.entries(acts)) {
    plugin
      .command(action)
      .description(description)
      .argument('<plugin>')
      .option(...yes)
      .action((name: string, options: ChangeOptions) => runPluginChange(host, { action, plugin: name }, options));
  }

  plugin
    .command('list')
    .description('the plugins, and how each of them is')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const { plugins } = await ask<{ plugins: PluginSummary[] }>('GET', '/api/plugins');
      if (json === true) process.stdout.write(`${JSON.stringify(plugins, undefined, 2)}\n`);
      else printTable(['PLUGIN', 'VERSION', 'STATE', ''], plugins.map(cellsOf));
    });

  plugin
    .command('status')
    .description('how far each host is with what is wanted')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const status = await ask<{ generation: number; hosts: HostView[] }>('GET', '/api/hosts');
      if (json === true) {
        process.stdout.write(`${JSON.stringify(status, undefined, 2)}\n`);
        return;
      }
      process.stdout.write(`generation ${status.generation}\n\n`);
      printTable(['HOST', 'VERSION', 'GENERATION', ''], status.hosts.map(hostCells));
    });
}

function cellsOf({ name, package: packageName, version, state, reason, refused }: PluginSummary): string[] {
  const notes = [reason, refused && `version ${refused.version} was refused: ${refused.reason}`];
  return [name ?? packageName, version ?? '', state, notes.filter((note) => note !== undefined).join('; ')];
}

function hostCells({ id, version, generation, isAlive, isBehind, failures }: HostView): string[] {
  const notes = [
    ...(isAlive ? [] : ['does not answer']),
    ...(isBehind ? ['is behind'] : []),
    ...failures.map(({ plugin, reason }) => `${plugin}: ${reason}`),
  ];
  return [id, version, String(generation), notes.join('; ')];
}

function defined(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
