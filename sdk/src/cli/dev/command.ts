import { once } from 'node:events';
import { InvalidArgumentError, type Command } from 'commander';
import { withBuildOptions } from '../build/command.ts';
import type { BuildOptions } from '../../build/draft.ts';
import { print } from '../print.ts';
import { startDev } from './dev.ts';

interface Options extends BuildOptions {
  readonly port: number;
  readonly config?: string;
  readonly open?: boolean;
}

export function addDevCommand(program: Command): void {
  withBuildOptions(
    program
      .command('dev')
      .description('runs the plugin in a host of its own; every save is live at once')
      .argument('[folder]', 'folder of the plugin package', '.')
      .option('--port <port>', 'port to listen on, 0 for any', parsePort, 7700)
      .option('--config <file>', 'JSON with the config of an instance at a real vendor, instead of the simulator')
      .option('--open', 'open the app in a browser'),
  ).action(async (folder: string, options: Options) => {
    const ended = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    await using dev = await startDev(folder, { ...options, print });
    print(`\n  ${dev.url}   login: ${dev.login}   password: ${dev.password}\n`);
    print('Ctrl-C ends it.');
    if (options.open) await (await import('open')).default(dev.url);
    await ended;
  });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('a port is 0 to 65535');
  return port;
}
