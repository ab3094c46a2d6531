import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Asked } from './asked.tsx';
import { Page } from './page.tsx';

interface AskedPageProps<T> {
  /** Of the page until it is known, or when it is not there: "Instance". */
  readonly title: string;
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => ReactNode;
}

/** A page about one thing of the host. */
export function AskedPage<T>({ title, query, children }: AskedPageProps<T>) {
  if (query.data !== undefined && query.error === null) return children(query.data);
  return (
    <Page title={title}>
      <Asked query={query}>{children}</Asked>
    </Page>
  );
}
