import type { RepairView } from '@jackfield/host/answers';
import { Button, SegmentedControl, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ask, pathTo } from '../../api/client.ts';
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
  const { state = 'open' } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery({
    queryKey: ['repairs', state],
    queryFn: ({ pageParam, signal }) =>
      ask<Answer>('GET', pathTo(['repairs'], { open: state === 'open', after: pageParam ?? undefined }), { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: 30_000,
  });
  const repairs = list.data?.pages.flatMap((page) => page.repairs);
  return (
    <Page title="Repairs" lead="What only a person can put right, each with what does it.">
      <SegmentedControl
        aria-label="Which repairs"
        value={state}
        onChange={(value) => void navigate({ search: value === 'open' ? {} : { state: 'closed' }, replace: true })}
        data={[
          { value: 'open', label: 'Open' },
          { value: 'closed', label: 'Closed' },
        ]}
        style={{ alignSelf: 'flex-start' }}
      />
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
