import type { LimitsView } from '@jackfield/host/answers';
import { Button, Group, NumberInput, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ask, pathTo } from '../../api/client.ts';
import { limitsQuery } from '../../api/instances.ts';
import { useMay } from '../../api/session.ts';
import { useAct } from '../../parts/act.ts';
import { Asked } from '../../parts/asked.tsx';
import { Facts } from '../../parts/facts.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Section } from '../../parts/section.tsx';
import { duration } from '../../parts/time.ts';

/** How hard the vendor may be asked, and is asked now. */
export function LimitsSection({ id }: { readonly id: string }) {
  const mayReset = useMay('engineer');
  const mayChange = useMay('admin');
  const limits = useQuery(limitsQuery(id));
  const reset = useAct({
    act: () => ask('POST', pathTo(['instances', id, 'limits', 'reset'])),
    changes: ['instances'],
    done: 'The vendor is asked again at once.',
  });
  const isHeld =
    limits.data !== undefined && (limits.data.now.breaker.state !== 'closed' || limits.data.now.pausedMs > 0);
  return (
    <Section
      title="Limits"
      lead="So that the vendor is not asked more than it takes. Each host keeps to them by itself."
      actions={
        mayReset &&
        isHeld && (
          <Button variant="default" size="xs" loading={reset.isPending} onClick={() => reset.mutate()}>
            Ask again now
          </Button>
        )
      }
    >
      <ProblemNotice error={reset.error} />
      <Asked query={limits}>
        {(view) => (
          <>
            <Facts facts={factsOf(view)} />
            {mayChange && <LimitsForm key={JSON.stringify(view.override)} id={id} view={view} />}
          </>
        )}
      </Asked>
    </Section>
  );
}

function factsOf({ effective: { concurrency, rate }, override, now }: LimitsView): readonly [string, string][] {
  const { inFlight, queued, pausedMs, breaker } = now;
  return [
    ['At the same time', `${concurrency}`],
    ['Rate', rate === null ? 'as many as there are' : `${rate.requests} in ${duration(rate.perMs)}`],
    ['Set by', override === null ? 'the plugin' : 'an admin'],
    ['With the vendor now', `${inFlight}, and ${queued} waiting`],
    [
      'The vendor is',
      breaker.state === 'closed' && pausedMs === 0
        ? 'asked as usual'
        : pausedMs > 0
          ? `left alone for ${duration(pausedMs)}, as it asked`
          : `left alone for ${duration(breaker.retryAfterMs)}: ${breaker.reason ?? 'it failed'}`,
    ],
  ];
}

function LimitsForm({ id, view }: { readonly id: string; readonly view: LimitsView }) {
  const { declared, override } = view;
  const [concurrency, setConcurrency] = useState<number | string>(override?.concurrency ?? '');
  const [requests, setRequests] = useState<number | string>(override?.rate?.requests ?? '');
  const save = useAct({
    act: () => {
      const rate = { requests: Number(requests), perMs: 60_000, burst: Math.max(1, Math.ceil(Number(requests) / 10)) };
      const body = { ...(concurrency === '' ? {} : { concurrency }), ...(requests === '' ? {} : { rate }) };
      return ask('PUT', pathTo(['instances', id, 'limits']), { body });
    },
    changes: ['instances'],
    done: 'The limits are set.',
  });
  return (
    <Stack gap="sm">
      <ProblemNotice error={save.error} />
      <Group align="flex-end" gap="sm">
        <NumberInput
          label="At the same time"
          placeholder={`${declared.concurrency ?? view.effective.concurrency}`}
          min={1}
          max={64}
          w={160}
          value={concurrency}
          onChange={setConcurrency}
        />
        <NumberInput
          label="Requests in a minute"
          placeholder="As the plugin says"
          min={1}
          w={190}
          value={requests}
          onChange={setRequests}
        />
        <Button variant="default" loading={save.isPending} onClick={() => save.mutate()}>
          Set
        </Button>
      </Group>
    </Stack>
  );
}
