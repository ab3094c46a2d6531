import type { RunView } from '@jackfield/host/answers';
import { Button, Text } from '@mantine/core';
import { ask, pathTo } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { useAct } from '../../parts/act.ts';
import { AppLink } from '../../parts/app-link.tsx';
import type { TableColumn } from '../../parts/data-table.tsx';
import { MoreList } from '../../parts/more-list.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { duration } from '../../parts/time.ts';
import { When } from '../../parts/when.tsx';

interface RunTableProps {
  readonly filter: Readonly<Record<string, string | undefined>>;
  /** Where all are of one. */
  readonly withoutInstance?: boolean;
}

export const RUN_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped', 'abandoned'];

const OUTCOME: readonly TableColumn<RunView>[] = [
  { label: 'Stream', cell: ({ stream, kind }) => (kind === 'census' ? `${stream} (what is gone)` : stream) },
  { label: 'State', cell: ({ state }) => <StateBadge state={state} /> },
  { label: 'Queued', cell: ({ queuedAt, trigger }) => <Queued at={queuedAt} isManual={trigger === 'manual'} /> },
  { label: 'Took', cell: (run) => tookOf(run) },
  { label: 'What came of it', cell: (run) => <Outcome run={run} /> },
  { label: 'Cancel', isActions: true, cell: (run) => <Cancel run={run} /> },
];

const INSTANCE: TableColumn<RunView> = {
  label: 'Instance',
  cell: ({ instanceId }) => (
    <AppLink to="/instances/$id" params={{ id: instanceId }} search={{ tab: 'sync' }}>
      {instanceId}
    </AppLink>
  ),
};

export function RunTable({ filter, withoutInstance = false }: RunTableProps) {
  return (
    <MoreList<RunView>
      label="Runs"
      path={pathTo(['runs'], filter)}
      member="runs"
      columns={withoutInstance ? OUTCOME : [INSTANCE, ...OUTCOME]}
      rowKey={({ id }) => id}
      empty="There is no run like this."
      every={5000}
    />
  );
}

function Queued({ at, isManual }: { readonly at: string; readonly isManual: boolean }) {
  return (
    <>
      <When at={at} />
      {isManual && ', by hand'}
    </>
  );
}

function tookOf({ startedAt, endedAt }: RunView): string {
  if (startedAt === null) return 'not started';
  return duration((endedAt === null ? Date.now() : Date.parse(endedAt)) - Date.parse(startedAt));
}

function Outcome({ run: { counts, error } }: { readonly run: RunView }) {
  if (error !== null)
    return (
      <Text size="sm" c="red" component="span">
        {typeof error['detail'] === 'string' ? error['detail'] : 'it failed'}
      </Text>
    );
  const said = COUNTS.flatMap((name) => {
    const count = counts[name];
    return typeof count === 'number' && count > 0 ? [`${count.toLocaleString()} ${name}`] : [];
  });
  return said.join(', ') || 'nothing new';
}

/** What a run did to the rows; how much work it was, the API says. */
const COUNTS = ['read', 'inserted', 'updated', 'unchanged', 'deleted', 'rejected'] as const;

function Cancel({ run: { id, state } }: { readonly run: RunView }) {
  const mayCancel = useMay('engineer');
  const cancel = useAct({
    act: () => ask('POST', pathTo(['runs', id, 'cancel'])),
    changes: ['runs', 'instances'],
    done: 'The run is asked to end.',
  });
  if (!mayCancel || (state !== 'running' && state !== 'queued')) return null;
  return (
    <Button size="compact-xs" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
      Cancel
    </Button>
  );
}
