// `jackfield legacy status | mode | callers`: how far the move of each plugin is, its next step, and who still calls the old API.
import { type Command, InvalidArgumentError } from 'commander';
import type { CallerView, MoveView } from '../legacy/index.ts';
import type { Ask } from './api-client.ts';
import { printTable } from './table.ts';

interface ModeOptions {
  readonly primary?: string;
  readonly sunset?: string;
}

export function addMoveCommands(legacy: Command, ask: Ask): void {
  legacy
    .command('status')
    .description('how far the move of each plugin is')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const { plugins } = await ask<{ plugins: MoveView[] }>('GET', '/api/legacy/modes');
      if (json === true) printJson(plugins);
      else printMoves(plugins);
    });

  legacy
    .command('mode')
    .description('take one step of the move of a plugin, forwards or back: legacy, dual, plugin')
    .argument('<plugin>', 'name of the plugin')
    .argument('<mode>', 'legacy, dual or plugin', oneOf('legacy', 'dual', 'plugin'))
    .option('--primary <side>', 'which side answers the old API while both are written', oneOf('legacy', 'plugin'))
    .option('--sunset <day>', 'when the old API says that it will be gone, YYYY-MM-DD', dayOf)
    .action(async (plugin: string, mode: string, { primary, sunset }: ModeOptions) => {
      const body = {
        mode,
        ...(primary === undefined ? {} : { primary }),
        ...(sunset === undefined ? {} : { sunsetAt: sunset }),
      };
      printMoves([await ask<MoveView>('PUT', `/api/legacy/modes/${encodeURIComponent(plugin)}`, body)]);
    });

  legacy
    .command('callers')
    .description('who still calls the old API, the last first')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const { callers } = await ask<{ callers: CallerView[] }>('GET', '/api/legacy/callers');
      if (json === true) return printJson(callers);
      printTable(
        ['ROUTE', 'CALLER', 'CALLS', 'FIRST', 'LAST'],
        callers.map(({ route, caller, calls, firstAt, lastAt }) => [
          ...[route, caller.name ?? `${caller.kind} ${caller.id}`, String(calls)],
          ...[firstAt, lastAt].map((at) => at.slice(0, 16)),
        ]),
      );
    });
}

function printMoves(moves: readonly MoveView[]): void {
  printTable(
    ['PLUGIN', 'MODE', 'ANSWERS THE OLD API', 'SYSTEMS', 'INSTANCES', 'NOT IMPORTED', 'QUARANTINED', 'SUNSET'],
    moves.map(({ plugin, mode, primary, systems, instances, unmoved, quarantined, sunsetAt }) => [
      ...[plugin, mode, mode === 'plugin' ? '-' : primary === 'legacy' ? 'old tables' : 'instances'],
      ...[systems, instances, unmoved, quarantined].map(String),
      sunsetAt?.slice(0, 10) ?? '-',
    ]),
  );
}

function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

function oneOf(...values: readonly string[]): (text: string) => string {
  return (text) => {
    if (!values.includes(text)) throw new InvalidArgumentError(`it is one of ${values.join(', ')}`);
    return text;
  };
}

function dayOf(text: string): string {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  if (at === undefined || Number.isNaN(at.getTime())) throw new InvalidArgumentError('a day is YYYY-MM-DD');
  return at.toISOString();
}
