/** Under the fault `short-pages`: fewer than asked for, a different number each time, at least one. */
export function shorter(size: number, offset: number): number {
  return Math.max(1, Math.floor((size * ((offset * 31 + 17) % 10)) / 20));
}
