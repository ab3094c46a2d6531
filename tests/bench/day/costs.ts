// What one more of each costs, out of what the scenarios have measured on this machine.
import { readArtifact } from '../support/artifacts.ts';

const INSTANCES = { full: 10_000, quick: 2000 } as const;
const WIDGETS = 20;
/** Seconds after which a dashboard asks again. */
const REFRESH = 30;

/** Lines of a table: what, how much, and where it comes from. */
export async function readCosts(): Promise<readonly (readonly [string, string, string])[]> {
  const memory = await readArtifact('scale', 'memory, more');
  const start = await readArtifact('scale', 'start, more');
  const cached = await readArtifact('query-cached', 'CPU per request');
  const query = await readArtifact('query', 'CPU per request');
  const run = await readArtifact('dispatch', 'CPU per run of a backlog');
  const first = await readArtifact('sync', 'first load');
  const unchanged = await readArtifact('sync', 'unchanged, beside its own first load');
  const lines: [string, string, string][] = [];
  if (memory !== undefined && start !== undefined) {
    const count = INSTANCES[memory.mode];
    const each = `${((memory.value / count) * 1000).toFixed(1)} KB of a host's memory, ${((start.value / count) * 1000).toFixed(2)} ms of its start`;
    lines.push(['an instance that is asleep', each, `\`scale\`, ${memory.mode}, with its three schedules`]);
  }
  if (run !== undefined)
    lines.push(['a sync that finds nothing', `${run.value.toFixed(1)} ms of CPU`, `\`dispatch\`, ${run.mode}`]);
  if (first !== undefined && unchanged !== undefined) {
    const rates = `${(first.value / 1000).toFixed(0)},000 new or ${(unchanged.value / 1000).toFixed(0)},000 unchanged rows a second on this machine`;
    lines.push(['rows of a sync', rates, `\`sync\`, ${first.mode}`]);
  }
  if (cached !== undefined) {
    const each = `${((cached.value * WIDGETS) / REFRESH).toFixed(2)} ms of CPU a second`;
    const why = `${WIDGETS} widgets every ${REFRESH} s at ${cached.value.toFixed(2)} ms, \`query-cached\`, ${cached.mode}`;
    lines.push(['a viewer of a dashboard that others look at too', each, why]);
  }
  if (query !== undefined)
    lines.push(['a query that asks its vendor', `${query.value.toFixed(2)} ms of CPU`, `\`query\`, ${query.mode}`]);
  return lines;
}
