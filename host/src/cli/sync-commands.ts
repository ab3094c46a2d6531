// `jackfield sync …`: what people do with the sync jobs of a host that runs.
import { type Command, InvalidArgumentError } from 'commander';
import { askHostOf } from './ask-host.ts';
import { runSyncRewind, type SyncRewindOptions } from './sync-rewind.ts';
import { runSyncRun, type SyncRunOptions } from './sync-run.ts';
import { runSyncStatus } from './sync-status.ts';

export function addSyncCommands(program: Command): void {
  const sync = program.command('sync').description('look at sync jobs, run them, go back in them');
  const ask = askHostOf(sync);

  sync
    .command('status')
    .description('sync jobs with their rhythm, last run and cursor, and why one is paused')
    .argument('[instance]', 'only those of this instance')
    .option('--json', 'as JSON')
    .action((instance: string | undefined, options: { json?: boolean }) => runSyncStatus(ask, instance, options));

  sync
    .command('run')
    .description('read streams now; fails when one of the runs does')
    .argument('<instance>')
    .argument('[stream...]', 'all of its streams when none is named')
    .option('--census', 'look for what is gone, instead of what is new')
    .option('--no-follow', 'print the ids of the runs and end, instead of following them')
    .addHelpText('after', '\nCtrl-C cancels the runs and waits for their end; a second one leaves at once.')
    .action((instance: string, streams: string[], options: SyncRunOptions) =>
      runSyncRun(ask, instance, streams, options),
    );

  sync
    .command('rewind')
    .description('show where the reads of a stream started, and read again from one of them')
    .argument('<instance>')
    .argument('<stream>')
    .option('--to <cursor>', 'id of a cursor in the history', parseCursorId)
    .option('--full', 'from the start: everything is read again')
    .option('--yes', 'do not ask')
    .action((instance: string, stream: string, options: SyncRewindOptions) =>
      runSyncRewind(ask, instance, stream, options),
    );
}

function parseCursorId(text: string): number {
  const id = Number(text);
  if (!Number.isSafeInteger(id) || id < 1) throw new InvalidArgumentError('a cursor has a number as its id');
  return id;
}
