import type { InstanceView, SyncJobView } from '@jackfield/host/answers';
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ask, pathTo } from '../../api/client.ts';
import { syncJobsQuery } from '../../api/instances.ts';
import { useMay } from '../../api/session.ts';
import { useAct } from '../../parts/act.ts';
import { Asked } from '../../parts/asked.tsx';
import { Choice } from '../../parts/choice.tsx';
import { SearchableTable } from '../../parts/data-table.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Section } from '../../parts/section.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { duration } from '../../parts/time.ts';
import { When } from '../../parts/when.tsx';
import { RUN_STATES, RunTable } from '../runs/run-table.tsx';
import { RewindButton } from './rewind-button.tsx';

export default function SyncJobs({ instance }: { readonly instance: InstanceView }) {
  const jobs = useQuery(syncJobsQuery(instance.id));
  return (
    <Stack>
      <Section title="Sync jobs" lead="Each reads one stream into the database, again and again.">
        {!instance.enabled && (
          <Alert color="gray" title="Nothing is read">
            The instance is switched off. Its settings switch it on again.
          </Alert>
        )}
        <Asked query={jobs}>
          {({ jobs }) => (
            <SearchableTable
              label="Sync jobs"
              rows={jobs}
              rowKey={({ stream, kind }) => `${stream} ${kind}`}
              textOf={({ stream, kind }) => `${stream} ${kind}`}
              empty="The plugin brings no stream."
              columns={[
                { label: 'Stream', cell: (job) => <Named job={job} /> },
                { label: 'State', cell: (job) => <StateBadge state={stateOf(job)} title={job.paused?.reason} /> },
                { label: 'Every', cell: ({ everyMs, cron }) => (everyMs === null ? cron : duration(everyMs)) },
                { label: 'Next', cell: ({ nextDueAt }) => <When at={nextDueAt} none="not by itself" /> },
                { label: 'Last', cell: ({ lastRun }) => <LastRun run={lastRun} /> },
                { label: 'What can be done', isActions: true, cell: (job) => <Acts id={instance.id} job={job} /> },
              ]}
            />
          )}
        </Asked>
      </Section>
      <History id={instance.id} streams={[...new Set(jobs.data?.jobs.map(({ stream }) => stream))]} />
    </Stack>
  );
}

function History({ id, streams }: { readonly id: string; readonly streams: readonly string[] }) {
  const [stream, setStream] = useState<string>();
  const [state, setState] = useState<string>();
  return (
    <Section
      title="Run history"
      actions={
        <>
          <Choice label="Stream" every="Every stream" data={streams} value={stream} onChange={setStream} />
          <Choice label="State" every="Every state" data={RUN_STATES} value={state} onChange={setState} />
        </>
      }
    >
      <RunTable filter={{ instance: id, stream, state }} withoutInstance />
    </Section>
  );
}

function stateOf({ paused, running, enabled }: SyncJobView): string {
  if (paused !== null) return 'paused';
  if (running) return 'running';
  return enabled ? 'active' : 'disabled';
}

function Named({ job: { stream, kind, paused } }: { readonly job: SyncJobView }) {
  return (
    <div>
      {stream}
      <Text size="xs" c="dimmed">
        {paused?.reason ?? (kind === 'census' ? 'what is gone' : 'what is new')}
      </Text>
    </div>
  );
}

function LastRun({ run }: { readonly run: SyncJobView['lastRun'] }) {
  if (run === null) return 'never';
  return (
    <Group gap={6} wrap="nowrap">
      <StateBadge state={run.state} />
      <When at={run.endedAt ?? run.startedAt ?? run.queuedAt} />
    </Group>
  );
}

function Acts({ id, job }: { readonly id: string; readonly job: SyncJobView }) {
  const { stream, kind, running } = job;
  const mayRun = useMay('engineer');
  const mayRewind = useMay('admin');
  const changes = ['instances', 'runs', 'repairs'];
  const query = kind === 'read' ? {} : { kind };
  const run = useAct({
    act: () => ask('POST', pathTo(['instances', id, 'sync-jobs', stream, 'run'], query)),
    changes,
    done: `“${stream}” is being read.`,
  });
  const isOn = job.enabled && job.paused === null;
  const toggle = useAct({
    act: () => ask('PATCH', pathTo(['instances', id, 'sync-jobs', stream], query), { body: { enabled: !isOn } }),
    changes,
    done: isOn ? `“${stream}” is paused.` : `“${stream}” goes on.`,
  });
  if (!mayRun) return null;
  return (
    <>
      <Group gap={6} justify="flex-end" wrap="nowrap">
        <Button size="compact-xs" loading={run.isPending} disabled={running} onClick={() => run.mutate()}>
          Run now
        </Button>
        <Button size="compact-xs" variant="default" loading={toggle.isPending} onClick={() => toggle.mutate()}>
          {isOn ? 'Pause' : 'Go on'}
        </Button>
        {mayRewind && kind === 'read' && <RewindButton id={id} stream={stream} />}
      </Group>
      <ProblemNotice error={run.error ?? toggle.error} />
    </>
  );
}
