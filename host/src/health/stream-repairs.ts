// Tables of streams that do not fit their plugin. Each host finds out for itself when a plugin becomes active; the repair is one.
import type { PluginVersion } from '../kernel/index.ts';
import type { Queryable } from '../store/index.ts';
import type { StreamStatus } from '../sync/index.ts';
import { closeRepairs, raiseRepair, readOpenRepairs } from './repair-rows.ts';
import { closedBecause, fixOfStream } from './repair-texts.ts';

export function streamSubject(plugin: string, stream: string): string {
  return `stream ${plugin} ${stream}`;
}

/** Opens a repair for each stream that needs one, and closes those of the plugin's others. */
export async function settleStreams(
  db: Queryable,
  { manifest }: PluginVersion,
  streams: readonly StreamStatus[],
): Promise<void> {
  const plugin = manifest.name;
  const open = await readOpenRepairs(db, { plugin, code: 'stream_changed' });
  const needed = new Set<string>();
  for (const { id: stream, repair: detail } of streams) {
    if (detail === undefined) continue;
    const subject = streamSubject(plugin, stream);
    needed.add(subject);
    const fix = fixOfStream(plugin);
    await raiseRepair(db, { subject, code: 'stream_changed', plugin, instanceId: null, stream, detail, fix });
  }
  const over = open.filter(({ subject }) => !needed.has(subject)).map(({ id }) => id);
  await closeRepairs(db, over, closedBecause('stream_changed'));
}
