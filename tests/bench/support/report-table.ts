// The reports as a Markdown table, for a terminal and for the README.
import { isMet, median, ratiosOf } from './statistics.ts';
import type { Figure, Report } from './scenario.ts';

const HEAD = ['scenario', 'figure', 'Jackfield', 'baseline', 'ratio (least to most)', 'goal', ''];

export function tableOf(reports: readonly Report[]): string {
  const rows = reports.flatMap(({ scenario, figures, failure }) => [
    ...figures.map((figure, index) => rowOf(index === 0 ? `\`${scenario}\`` : '', figure)),
    ...(failure === undefined ? [] : [[`\`${scenario}\``, `broke off: ${failure}`, '', '', '', '', '✗']]),
  ]);
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(3, ...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function rowOf(scenario: string, figure: Figure): string[] {
  const { what, unit, jackfield, baseline, goal } = figure;
  const ratios = ratiosOf(figure);
  const met = isMet(figure);
  const wanted =
    goal === undefined ? '' : `${goal.of === 'ratio' ? '' : 'itself '}${SIGN[goal.is]} ${numberText(goal.limit)}`;
  return [
    scenario,
    unit === '' ? what : `${what}, ${unit}`,
    numberText(median(jackfield)),
    baseline.length === 0 ? '' : numberText(median(baseline)),
    ratios.length === 0
      ? ''
      : `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
    wanted,
    met === undefined ? '' : met ? '✓' : '✗',
  ];
}

const SIGN = { 'at least': '≥', 'at most': '≤' } as const;

function numberText(value: number): string {
  const digits = value === 0 || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}
