// What was sent to the vendors before contracts end, and what waits.
import type { ReminderView } from '@jackfield/host/answers';
import { Anchor, Button, Text } from '@mantine/core';
import { useState } from 'react';
import { ask, pathTo } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { useAct } from '../../parts/act.ts';
import { Choice } from '../../parts/choice.tsx';
import { MoreList } from '../../parts/more-list.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Section } from '../../parts/section.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';

const STATES = ['pending', 'claimed', 'done', 'failed', 'skipped'];

export function Reminders({ clientId }: { readonly clientId: string }) {
  const [state, setState] = useState<string>();
  return (
    <Section
      title="Reminders"
      lead="What was sent to the vendors before contracts end, and what waits."
      actions={<Choice label="State" every="Every state" data={STATES} value={state} onChange={setState} />}
    >
      <MoreList<ReminderView>
        label="Reminders"
        path={pathTo(['reminders'], { client: clientId, state })}
        member="reminders"
        cursor="before"
        rowKey={({ id }) => id}
        empty={state === undefined ? 'None is due.' : `None is ${state}.`}
        columns={[
          { label: 'Contract', cell: ({ contract }) => contract.name },
          { label: 'Ends', cell: ({ endsOn }) => <time dateTime={endsOn}>{endsOn}</time> },
          { label: 'Days before', cell: ({ daysBefore }) => daysBefore },
          { label: 'State', cell: (reminder) => <State reminder={reminder} /> },
          { label: 'Where', cell: ({ url, reference }) => <Reference url={url} reference={reference} /> },
          { label: 'Try again', isActions: true, cell: (reminder) => <Again reminder={reminder} /> },
        ]}
      />
    </Section>
  );
}

function State({ reminder: { state, detail } }: { readonly reminder: ReminderView }) {
  return (
    <>
      <StateBadge state={state} />
      {detail !== null && (
        <Text size="xs" c="dimmed">
          {detail}
        </Text>
      )}
    </>
  );
}

/** An address that a vendor has sent is a link only when a browser shows it as a page. */
function Reference({ url, reference }: Pick<ReminderView, 'url' | 'reference'>) {
  const isPage = url !== null && /^https?:\/\//.test(url);
  if (!isPage) return reference ?? '';
  return (
    <Anchor size="sm" href={url} target="_blank" rel="noreferrer noopener">
      {reference ?? url}
    </Anchor>
  );
}

function Again({ reminder: { id, state } }: { readonly reminder: ReminderView }) {
  const mayTry = useMay('manager');
  const again = useAct({
    act: () => ask('POST', pathTo(['reminders', String(id), 'retry'])),
    changes: ['reminders'],
    done: 'It is sent with the next look.',
  });
  if (!mayTry || (state !== 'failed' && state !== 'skipped')) return null;
  return (
    <>
      <Button size="compact-xs" variant="default" loading={again.isPending} onClick={() => again.mutate()}>
        Try again
      </Button>
      <ProblemNotice error={again.error} />
    </>
  );
}
