import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { PagePending } from './page-states.tsx';
import { ProblemNotice } from './problem-notice.tsx';

interface AskedProps<T> {
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => ReactNode;
}

/** What was asked of the host: its answer, or that it is on its way, or why there is none. */
export function Asked<T>({ query, children }: AskedProps<T>) {
  const { data, error, refetch } = query;
  return (
    <>
      <ProblemNotice error={error} onRetry={() => void refetch()} />
      {data === undefined ? error === null && <PagePending /> : children(data)}
    </>
  );
}
