// `jackfield legacy …`: the move out of the old external systems, on a host that runs.
import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { Difference, ImportLine, ImportReport, ScrubReport } from '../legacy/index.ts';
import { type Ask, streamLines } from './api-client.ts';
import { askHostOf } from './ask-host.ts';
import { CommandError } from './command-error.ts';
import { confirm } from './confirm.ts';
import { addMoveCommands } from './legacy-move-commands.ts';
import { createProgress } from './progress.ts';
import { printTable } from './table.ts';

interface ImportOptions {
  readonly from?: string;
  readonly dryRun?: boolean;
  readonly moved?: boolean;
  readonly json?: boolean;
}

export function addLegacyCommands(program: Command): void {
  const legacy = program.command('legacy').description('move from the old external systems to plugins');
  const ask = askHostOf(legacy);
  addMoveCommands(legacy, ask);
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
    .option('--moved', 'the database is the one that was imported before, at another place')
    .option('--json', 'the report as JSON')
    .addHelpText(
      'after',
      `
Environment:
  JACKFIELD_LEGACY_URL  the database, like --from: what is in an argument can be seen by everybody on the machine`,
    )
    .action((options: ImportOptions) => runImport(legacy.opts<{ url: string }>().url, options));

  legacy
    .command('parity')
    .description('where the old tables say something else than there is here; fails when they do')
    .argument('[plugin]', 'left out: of all that are installed')
    .option('--json', 'as JSON')
    .action((plugin: string | undefined, options: { json?: boolean }) => runParity(ask, plugin, options));

  legacy
    .command('scrub')
    .description('take the plain secrets out of the old tables of the host, those of which the same is sealed here')
    .option('--yes', 'do not ask')
    .action((options: { yes?: boolean }) => runScrub(ask, options));
}

type Reports = {
  readonly plugins: readonly { readonly plugin: string; readonly differences: readonly Difference[] }[];
};

async function runParity(ask: Ask, plugin: string | undefined, { json = false }: { json?: boolean }): Promise<void> {
  const query = plugin === undefined ? '' : `?plugin=${encodeURIComponent(plugin)}`;
  const { plugins } = await ask<Reports>('GET', `/api/legacy/parity${query}`);
  const differences = plugins.flatMap((report) => report.differences);
  if (json) process.stdout.write(`${JSON.stringify({ plugins }, undefined, 2)}\n`);
  else {
    for (const report of plugins) process.stdout.write(`${report.plugin}: ${report.differences.length} differences\n`);
    if (differences.length > 0) {
      printTable(
        ['TABLE', 'KEY', 'FIELD', 'OLD', 'HERE'],
        differences.map(({ table, key, field, ...said }) => [
          table,
          key,
          field,
          ...[said.legacy, said.plugin].map(shown),
        ]),
      );
    }
  }
  if (differences.length > 0) process.exitCode = 1;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

async function runScrub(ask: Ask, { yes }: { yes?: boolean }): Promise<void> {
  const question = 'Take the secrets out of the old tables? The old program cannot sign in with them any more. [y/N] ';
  if (yes !== true && !(await confirm(question)))
    throw new CommandError('nothing was changed', 'Answer y, or say --yes.');
  const { tables, left } = await ask<ScrubReport>('POST', '/api/legacy/scrub', { confirm: 'scrub' });
  if (tables.length === 0) process.stdout.write('Nothing was there to be taken.\n');
  else {
    printTable(
      ['TABLE', 'ROWS', 'SECRETS'],
      tables.map(({ table, rows, secrets }) => [table, String(rows), String(secrets)]),
    );
  }
  if (left.length === 0) return;
  process.stdout.write('\n');
  printTable(
    ['LEFT', 'WHERE', 'WHY'],
    left.map(({ table, id, pointer, reason }) => [`${table} ${id}`, pointer, reason]),
  );
  process.exitCode = 1;
}

async function runImport(
  url: string,
  { from, dryRun = false, moved = false, json = false }: ImportOptions,
): Promise<void> {
  const source = from ?? process.env['JACKFIELD_LEGACY_URL'];
  const body = { dryRun, moved, ...(source === undefined || source === '' ? {} : { from: source }) };
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

function printReport({ dryRun, tables, quarantine, renumbered }: ImportReport): void {
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
  if (renumbered.length > 0) {
    process.stdout.write('\n');
    printTable(
      ['ID TAKEN BY A ROW HERE', 'ID HERE'],
      renumbered.map(({ table, id, here }) => [`${table} ${id}`, here === null ? '' : String(here)]),
    );
  }
  if (dryRun) process.stdout.write('\nNothing was written.\n');
}
