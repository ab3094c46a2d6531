// `jackfield legacy …`: the move out of the old external systems, on a host that runs.
import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { ImportLine, ImportReport } from '../legacy/index.ts';
import { streamLines } from './api-client.ts';
import { askHostOf } from './ask-host.ts';
import { CommandError } from './command-error.ts';
import { createProgress } from './progress.ts';
import { printTable } from './table.ts';

interface ImportOptions {
  readonly from?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addLegacyCommands(program: Command): void {
  const legacy = program.command('legacy').description('move from the old external systems to plugins');
  askHostOf(legacy);
  legacy
    .command('import')
    .description(
      'import systems, instances, mappings, widgets and dashboards; what is done is done, and nothing is done twice',
    )
    .option(
      '--from <url>',
      'the PostgreSQL that has the old tables, which is only read; without it the database of the host',
    )
    .option('--dry-run', 'say what would be done, and write nothing')
    .option('--json', 'the report as JSON')
    .addHelpText(
      'after',
      `
Environment:
  JACKFIELD_LEGACY_URL  the database, like --from: what is in an argument can be seen by everybody on the machine`,
    )
    .action((options: ImportOptions) => runImport(legacy.opts<{ url: string }>().url, options));
}

async function runImport(url: string, { from, dryRun = false, json = false }: ImportOptions): Promise<void> {
  const source = from ?? process.env['JACKFIELD_LEGACY_URL'];
  const body = { dryRun, ...(source === undefined || source === '' ? {} : { from: source }) };
  const progress = createProgress(process.stderr, process.env, () => systemClock.now());
  const token = process.env['JACKFIELD_TOKEN'];
  let report: ImportReport | undefined;
  try {
    for await (const line of streamLines<Line>(url, token, '/api/legacy/import', body)) {
      switch (line.kind) {
        case 'progress':
          progress.show(new Map([['import', `${line.done} of ${line.of} rows, now of ${line.table}`]]));
          break;
        case 'report':
          report = line;
          break;
        case 'error':
          throw new CommandError(`${line.code}: ${line.detail}`, line.next);
      }
    }
  } finally {
    progress.end();
  }
  if (report === undefined)
    throw new CommandError('the host went away before the end', 'Import again: it goes on from there.');
  if (json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else printReport(report);
}

type Line =
  | ImportLine
  | { readonly kind: 'error'; readonly code: string; readonly detail: string; readonly next: string };

function printReport({ dryRun, tables, quarantine }: ImportReport): void {
  printTable(
    ['TABLE', 'READ', 'MADE', 'UPDATED', 'UNCHANGED', 'QUARANTINED'],
    tables.map(({ table, read, made, updated, unchanged, quarantined }) => [
      table,
      ...[read, made, updated, unchanged, quarantined].map(String),
    ]),
  );
  if (quarantine.length > 0) {
    process.stdout.write('\n');
    printTable(
      ['QUARANTINE', 'REASON', 'WHY'],
      quarantine.map(({ table, id, reason, detail }) => [`${table} ${id}`, reason, detail]),
    );
  }
  if (dryRun) process.stdout.write('\nNothing was written.\n');
}
