// What was measured, and what it means. Processor time is told beside wall time: it says what cores that are busy with all of it could
// reach, and whether somebody else was using them.
import { availableParallelism, loadavg } from 'node:os';

export const PHASES = ['first load', 'unchanged', 'all changed'] as const;
export type Phase = (typeof PHASES)[number];
export type Side = 'copy' | 'sync';

export interface Figure {
  readonly seconds: number;
  readonly databaseCpu: number;
  readonly hostCpu: number;
  /** Of the vendor, who shares the cores with them, and of measuring. */
  readonly vendorCpu: number;
}

export class Figures {
  readonly #rows: number;
  readonly #figures = new Map<string, Figure[]>();

  constructor(rows: number) {
    this.#rows = rows;
  }

  add(phase: Phase, side: Side, figure: Figure): void {
    const key = `${side} ${phase}`;
    this.#figures.set(key, [...(this.#figures.get(key) ?? []), figure]);
    process.stdout.write(`${line(key, this.#rows, figure)}\n`);
  }

  report(): string {
    const rate = (side: Side, phase: Phase): number => this.#rows / this.#median(side, phase).seconds;
    const lines = PHASES.flatMap((phase) =>
      (['copy', 'sync'] as const).map((side) => line(`${side} ${phase}`, this.#rows, this.#median(side, phase))),
    );
    const ratios = [
      ['first load, of COPY and merge', rate('sync', 'first load') / rate('copy', 'first load'), 0.8],
      ['all changed, of COPY and merge', rate('sync', 'all changed') / rate('copy', 'all changed'), 0.8],
      ['unchanged, of its own first load', rate('sync', 'unchanged') / rate('sync', 'first load'), 2.5],
    ] as const;
    return [
      '\nmedians',
      ...lines,
      '',
      ...PHASES.map((phase) => bound(phase, this.#median('sync', phase))),
      `load of the machine in the last minute: ${loadavg()[0]?.toFixed(1)}, in the last five: ${loadavg()[1]?.toFixed(1)}`,
      '',
      ...ratios.map(([what, ratio, target]) => `${what}: ${ratio.toFixed(2)} (wanted: at least ${target})`),
      '',
    ].join('\n');
  }

  #median(side: Side, phase: Phase): Figure {
    const figures = this.#figures.get(`${side} ${phase}`) ?? [];
    const middle = (of: keyof Figure): number =>
      figures.map((figure) => figure[of]).sort((a, b) => a - b)[figures.length >> 1] ?? Number.NaN;
    return {
      seconds: middle('seconds'),
      databaseCpu: middle('databaseCpu'),
      hostCpu: middle('hostCpu'),
      vendorCpu: middle('vendorCpu'),
    };
  }
}

function bound(phase: Phase, { databaseCpu, hostCpu, vendorCpu }: Figure): string {
  const all = databaseCpu + hostCpu + vendorCpu;
  const cores = availableParallelism();
  return `sync ${phase}: ${all.toFixed(2)} s of processor time, so at least ${(all / cores).toFixed(2)} s on ${cores} cores`;
}

function line(what: string, rows: number, { seconds, databaseCpu, hostCpu, vendorCpu }: Figure): string {
  const rate = Math.round(rows / seconds).toLocaleString('en');
  const cpu = `CPU: database ${databaseCpu.toFixed(2)} s, host ${hostCpu.toFixed(2)} s, vendor ${vendorCpu.toFixed(2)} s`;
  return `${what.padEnd(18)} ${seconds.toFixed(2)} s, ${rate} rows/s; ${cpu}`;
}
