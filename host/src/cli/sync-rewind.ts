// `jackfield sync rewind`: goes back to an earlier cursor. It shows where the reads started, and asks before it does anything.
import { systemClock } from '../clock.ts';
import type { Ask } from './api-client.ts';
import { CommandError } from './command-error.ts';
import { confirm } from './confirm.ts';
import { distanceText } from './duration-text.ts';
import { chooseStreams, readCursors, readJobs, rewind, type Cursor } from './sync-api.ts';
import { printRow, type TableColumn } from './table.ts';

export interface SyncRewindOptions {
  readonly to?: number;
  readonly full?: boolean;
  readonly yes?: boolean;
}

const SHOWN = 20;
const CURSOR_CHARACTERS = 60;
const COLUMNS: readonly TableColumn[] = [
  { heading: 'id', width: 8 },
  { heading: 'set', width: 14 },
  { heading: 'by', width: 10 },
  { heading: 'cursor', width: 0 },
];

export async function runSyncRewind(
  ask: Ask,
  instance: string,
  stream: string,
  { to, full, yes }: SyncRewindOptions,
): Promise<void> {
  chooseStreams(instance, await readJobs(ask, instance), 'read', [stream]);
  printHistory(await readCursors(ask, instance, stream, SHOWN));
  if ((to === undefined) === (full !== true)) {
    throw new CommandError(
      'nothing was changed',
      'Say --to <id> of one of these cursors, or --full to read everything again.',
    );
  }
  const what = to === undefined ? 'Read everything again' : `Read again from cursor ${to}`;
  if (yes !== true && !(await confirm(`${what}, stream ${stream} of ${instance}? [y/N] `))) {
    throw new CommandError('nothing was changed', 'Answer y, or say --yes.');
  }
  await rewind(ask, instance, stream, to ?? null);
  process.stdout.write(
    `${stream} of ${instance} is read again ${to === undefined ? 'from the start' : `from cursor ${to}`}.\n`,
  );
}

function printHistory(cursors: readonly Cursor[]): void {
  if (cursors.length === 0) {
    process.stdout.write('No read of this stream has set a cursor yet.\n');
    return;
  }
  const now = systemClock.now();
  printRow(
    COLUMNS,
    COLUMNS.map(({ heading }) => heading),
  );
  for (const { id, cursor, act, at } of cursors) {
    const text = JSON.stringify(cursor);
    const shown = text.length > CURSOR_CHARACTERS ? `${text.slice(0, CURSOR_CHARACTERS)}…` : text;
    printRow(COLUMNS, [String(id), distanceText(at, now), act, shown]);
  }
}
