import { readFile } from 'node:fs/promises';

/** Ticks of /proc are hundredths of a second on every Linux. */
const TICKS = 100;

/** Seconds of processor time that these processes, with all their threads, have used so far; one that has ended counts nothing. */
export async function cpuSeconds(pids: readonly number[]): Promise<number> {
  let ticks = 0;
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The second field is a name in brackets that may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }
  return ticks / TICKS;
}

/** Of the processes that this one, or `pid`, has started, and those that they have, as far as they have ended and were waited for. */
export async function cpuOfEnded(pid: number = process.pid): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ');
  return (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) / TICKS;
}
