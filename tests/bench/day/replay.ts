// The day goes by in steps of a quarter of a second. In each, vendors answer and runs end; once a second every host looks for what is
// due; and time stands still until nobody does anything more.
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../support/until.ts';
import type { MovedClock } from './moved-clock.ts';
import { PLACES, type SimulatedHost } from './simulated-host.ts';
import type { Statements } from './statements.ts';

const STEP = 250;
const SECOND = 1000;
/** Real milliseconds: so long nothing has been asked of the database, and nothing is going to be. */
const QUIET = 8;
/** A step has some hundred runs at most. */
const STEP_DEADLINE = 120_000;

/** What was seen once a second. */
export interface Stretch {
  readonly seconds: number;
  /** Runs under way at the same time: on the average, and at most. */
  readonly busy: number;
  readonly mostBusy: number;
  /** Of all hosts, at most. */
  readonly connections: number;
  /** Seconds by which a schedule was late that nobody had made into a run yet, at most. */
  readonly overdue: number;
}

export interface Replay {
  pass(seconds: number): Promise<Stretch>;
  /** Until nothing is overdue, or for so many seconds. */
  catchUp(most: number): Promise<Stretch>;
  /** Nothing happens for a while, as the schedules have it: what is read again and again is as far from its next turn as it was. */
  skip(seconds: number): Promise<void>;
  /** Time goes by and no host is there. */
  outage(seconds: number): Promise<void>;
}

type Moment = Readonly<Record<'busy' | 'overdue' | 'connections', number>>;

export function createReplay(clock: MovedClock, hosts: readonly SimulatedHost[], statements: Statements): Replay {
  const busy = (): number => hosts.reduce((sum, { vendors }) => sum + vendors.busy, 0);

  async function settle(): Promise<void> {
    let before = -1;
    await until(async () => {
      await sleep(QUIET);
      const { begun, underWay } = statements;
      const isQuiet = underWay === 0 && begun === before;
      before = begun;
      if (!isQuiet) return undefined;
      if (hosts.every(({ vendors }) => vendors.busy >= PLACES)) return true;
      // What waits in the queue has been told to everybody: who has a place takes it.
      const [waiting] = await clock.query<{ is_waiting: boolean }>(
        `select exists (select 1 from pgboss.job where name = 'sync-runs' and state < 'active' and start_after <= now()) as is_waiting`,
      );
      return waiting?.is_waiting === true ? undefined : true;
    }, STEP_DEADLINE);
  }

  async function step(at: number): Promise<void> {
    await clock.move(STEP);
    for (const { vendors } of hosts) vendors.answer();
    // One after the other, as hosts do not look at the same moment.
    if (at % SECOND === 0) for (const host of hosts) await host.tick();
    await settle();
  }

  async function second(): Promise<Moment> {
    for (let at = STEP; at <= SECOND; at += STEP) await step(at);
    const [seen] = await clock.query<{ overdue: number | null; connections: number }>(
      `select extract(epoch from now() - min(next_due_at))::float8 as overdue, (
         select count(*)::int from pg_stat_activity where datname = current_database() and application_name <> 'bench'
       ) as connections
       from sync_schedule where next_due_at <= now() and enabled and paused is null`,
    );
    return { busy: busy(), overdue: seen?.overdue ?? 0, connections: seen?.connections ?? 0 };
  }

  async function passUntil(most: number, isOver: (moment: Moment) => boolean): Promise<Stretch> {
    const seen: Moment[] = [];
    while (seen.length < most) {
      const moment = await second();
      seen.push(moment);
      if (isOver(moment)) break;
    }
    const mostOf = (name: keyof Moment): number => Math.max(...seen.map((moment) => moment[name]));
    return {
      seconds: seen.length,
      busy: seen.reduce((sum, { busy: runs }) => sum + runs, 0) / seen.length,
      mostBusy: mostOf('busy'),
      overdue: mostOf('overdue'),
      connections: mostOf('connections'),
    };
  }

  return {
    pass: (seconds) => passUntil(seconds, () => false),
    // What has just become due is a second late at most.
    catchUp: (most) => passUntil(most, ({ overdue, busy: runs }) => overdue <= 1 && runs < hosts.length * PLACES),
    async skip(seconds) {
      // Those that sleep are further away.
      await clock.query(
        `update sync_schedule set next_due_at = next_due_at + $1 * interval '1 second'
         where every_ms is not null and next_due_at < now() + interval '1 day'`,
        [seconds],
      );
      await clock.query(
        `update sync_schedule set lease_until = lease_until + $1 * interval '1 second' where run_id is not null`,
        [seconds],
      );
      await clock.query(
        `update run set queued_at = queued_at + $1 * interval '1 second', sent_at = sent_at + $1 * interval '1 second'
         where state = 'queued'`,
        [seconds],
      );
      await clock.move(seconds * SECOND);
    },
    outage: (seconds) => clock.move(seconds * SECOND),
  };
}
