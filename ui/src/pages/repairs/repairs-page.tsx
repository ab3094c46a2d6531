import type { RepairView } from '@jackfield/host/answers';
import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ask, pathTo } from '../../api/client.ts';
import { instanceNamesQuery } from '../../api/dashboards.ts';
import { Choice } from '../../parts/choice.tsx';
import { Page } from '../../parts/page.tsx';
import { PagePending } from '../../parts/page-states.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { RepairCard } from './repair-card.tsx';

const route = getRouteApi('/shell/repairs');

interface Answer {
  readonly repairs: readonly RepairView[];
  readonly next: string | null;
}

export function RepairsPage() {
  const { state = 'open', instance } = route.useSearch();
  const { data: instances = [] } = useQuery(instanceNamesQuery);
  const navigate = route.useNavigate();
  const list = useInfiniteQuery({
    queryKey: ['repairs', state, instance],
    queryFn: ({ pageParam, signal }) => {
      const filter = { open: state === 'open', instance, after: pageParam ?? undefined };
      return ask<Answer>('GET', pathTo(['repairs'], filter), { signal });
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: 30_000,
  });
  const choose = (part: object) => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  const repairs = list.data?.pages.flatMap((page) => page.repairs);
  return (
    <Page title="Repairs" lead="What only a person can put right, each with what does it.">
      <Group gap="xs">
        <SegmentedControl
          aria-label="Which repairs"
          value={state}
          onChange={(value) => choose({ state: value === 'open' ? undefined : value })}
          data={[
            { value: 'open', label: 'Open' },
            { value: 'closed', label: 'Closed' },
          ]}
        />
        <Choice
          label="Instance"
          every="Every instance"
          data={instances.map(({ id, name }) => ({ value: id, label: name }))}
          value={instance}
          onChange={(value) => choose({ instance: value })}
        />
      </Group>
      <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
      {repairs === undefined && list.error === null && <PagePending />}
      <Stack gap="sm">
        {repairs?.map((repair) => (
          <RepairCard key={repair.id} repair={repair} withInstance />
        ))}
      </Stack>
      {repairs?.length === 0 && (
        <Text c="dimmed">
          {state === 'open' ? 'Nothing is waiting for you.' : 'Nothing had to be put right so far.'}
        </Text>
      )}
      {list.hasNextPage && (
        <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show more
        </Button>
      )}
    </Page>
  );
}
