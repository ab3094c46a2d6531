import { relative } from 'node:path';
import type { Command } from 'commander';
import { GRADES, ITEMS, runConformance, writeReport, type ItemResult } from '../../testing/index.ts';
import { complain, print } from '../print.ts';

const MARKS: Readonly<Record<ItemResult['outcome'], string>> = { passed: '✓', failed: '✗', skipped: '–' };

export function addConformanceCommand(program: Command): void {
  program
    .command('conformance')
    .description('tries the plugin as test/conformance.ts says, and writes its grade to conformance.json')
    .argument('[folder]', 'folder of the plugin package', '.')
    .option('--grade <grade>', `fails below this grade: ${GRADES.join(', ')}`, 'bronze')
    .action(async (folder: string, options: { grade: string }) => {
      const report = await runConformance(folder, undefined, printItem);
      const file = await writeReport(folder, report);
      print(`${report.plugin} ${report.version}: ${report.grade ?? 'no grade'}  ${relative(process.cwd(), file)}`);
      const wanted = (GRADES as readonly string[]).indexOf(options.grade);
      if (wanted < 0) complain(`--grade must be ${GRADES.join(', ')}`);
      const reached = report.grade === null ? -1 : GRADES.indexOf(report.grade);
      if (wanted < 0 || reached < wanted) process.exitCode = 1;
    });
}

function printItem({ id, grade, outcome, because = [] }: ItemResult): void {
  print(`${MARKS[outcome]} ${grade.padEnd(6)}  ${id.padEnd(15)}  ${ITEMS[id].title}`);
  for (const line of because.flatMap((text) => text.split('\n'))) print(`      ${line}`);
}
