// Instances of the plugins that are here, with their schedules as those stand after a while: each has been read once, and is due at
// some moment of its interval.
import type { PluginVersion } from '../../../host/src/kernel/index.ts';
import { draftPlugin } from '../../../sdk/src/build/draft.ts';
import { repository } from '../../support/plugin-package.ts';
import type { MovedClock } from './moved-clock.ts';

/** Part of the schedules that somebody has set to a time of the day. */
const NIGHTLY = 0.05;
const NIGHTLY_CRON = '0 2 * * *';
export const NIGHTLY_HOUR = 2;

/** Their streams, and how often those are read, are those of the plugins; their configs are none. */
export async function readPlugins(): Promise<PluginVersion[]> {
  return Promise.all(
    ['jira', 'fortigate'].map(async (name): Promise<PluginVersion> => {
      const { manifest } = await draftPlugin(`${repository}/plugins/${name}`);
      return {
        manifest: { ...manifest, config: { type: 'object', properties: {} }, auth: [], configVersion: 1 },
        package: name,
        bundleFile: '/none',
        hosts: [],
        memoryMb: undefined,
        isolation: 'plugin',
      };
    }),
  );
}

interface Group {
  readonly from: number;
  readonly to: number;
  /** Those that are not are there, and are due the day after tomorrow. */
  readonly areAwake: boolean;
}

/** @returns how many schedules they have */
export async function populate(
  clock: MovedClock,
  plugins: readonly PluginVersion[],
  { from, to, areAwake }: Group,
): Promise<number> {
  await clock.query(
    `insert into instance (id, plugin, name, enabled, config, config_version, revision, created_at, updated_at)
     select 'i' || n, ($1::text[])[1 + n % $2::int], 'i' || n, true, '{}', 1, 1, now() - interval '1 day', now() - interval '1 day'
     from generate_series($3::int, $4::int - 1) n`,
    [plugins.map(({ manifest }) => manifest.name), plugins.length, from, to],
  );
  const wanted = plugins.flatMap(({ manifest }) =>
    Object.entries(manifest.streams ?? {}).flatMap(([stream, { everyMs, census }]) => [
      { plugin: manifest.name, stream, kind: 'read', every: everyMs },
      ...(census === undefined ? [] : [{ plugin: manifest.name, stream, kind: 'census', every: census.everyMs }]),
    ]),
  );
  // The moved `now()` costs more than all the rest of a row.
  const made = await clock.query<{ schedules: number }>(
    `with schedule as (
       insert into sync_schedule (instance_id, stream, kind, plugin, every_ms, cron, next_due_at)
       select id, stream, kind, plugin, case when is_nightly then null else every end, case when is_nightly then $2 end,
         case when is_nightly then date_trunc('day', $8::timestamptz) + $3::int * interval '1 hour'
           when $6::boolean then $8::timestamptz + random() * every * interval '1 millisecond'
           else $8::timestamptz + interval '2 days' + random() * interval '1 day' end
       from (
         select instance.id, instance.plugin, wanted.stream, wanted.kind, wanted.every, $6::boolean and random() < $7::float8 as is_nightly
         from instance join json_to_recordset($1::text::json) as wanted(plugin text, stream text, kind text, every float8)
           on wanted.plugin = instance.plugin
         where substr(instance.id, 2)::int >= $4::int and substr(instance.id, 2)::int < $5::int
       ) wanted
       returning *
     ), done as (
       insert into run (id, plugin, instance_id, stream, kind, trigger, state, queued_at, started_at, ended_at)
       select 'run_' || gen_random_uuid(), plugin, instance_id, stream, kind, 'schedule', 'succeeded', at, at, at
       from schedule, lateral (select $8::timestamptz - random() * interval '5 minutes' as at) moment
     )
     select count(*)::int as schedules from schedule`,
    [JSON.stringify(wanted), NIGHTLY_CRON, NIGHTLY_HOUR, from, to, areAwake, NIGHTLY, new Date(clock.now)],
  );
  await clock.query('vacuum analyze instance, sync_schedule, run');
  return made[0]?.schedules ?? 0;
}
