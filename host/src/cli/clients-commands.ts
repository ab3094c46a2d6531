// `jackfield clients …`
import type { Command } from 'commander';
import type { Shredded } from '../instances/index.ts';
import { askHostOf } from './ask-host.ts';
import { CommandError } from './command-error.ts';
import { confirm } from './confirm.ts';

export function addClientsCommands(program: Command): void {
  const clients = program.command('clients').description('what is done to a client as a whole');
  const ask = askHostOf(clients);
  clients
    .command('shred')
    .description('destroy the keys of a client: its stored secrets can never be read again, nor can copies of them')
    .argument('<client>')
    .option('--yes', 'do not ask')
    .action(async (client: string, { yes }: { yes?: boolean }) => {
      const question = `Destroy the stored secrets of ${client} for ever, and disable its instances? [y/N] `;
      if (yes !== true && !(await confirm(question))) {
        throw new CommandError('nothing was changed', 'Answer y, or say --yes.');
      }
      const path = `/api/clients/${encodeURIComponent(client)}/shred`;
      const { keys, instances } = await ask<Shredded>('POST', path, { confirm: client });
      const which = instances.length === 0 ? 'It has no instances' : `Disabled: ${instances.join(', ')}`;
      process.stdout.write(`${keys} keys of ${client} are destroyed. ${which}.\n`);
    });
}
