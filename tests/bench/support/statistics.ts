import type { Figure } from './scenario.ts';

/** Of none it is NaN. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Of two in the middle what is between them. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

/** Of each pair: what they share, such as a machine that is busy, cancels out. */
export function ratiosOf({ jackfield, baseline }: Figure): number[] {
  return jackfield.flatMap((value, pair) => {
    const other = baseline[pair];
    // Of nothing at all there is no part.
    return other === undefined || other === 0 ? [] : [value / other];
  });
}

/** Undefined when nothing is wanted of it. */
export function isMet(figure: Figure): boolean | undefined {
  const { goal, jackfield } = figure;
  if (goal === undefined) return undefined;
  const value = median(goal.of === 'ratio' ? ratiosOf(figure) : jackfield);
  return goal.is === 'at least' ? value >= goal.limit : value <= goal.limit;
}
