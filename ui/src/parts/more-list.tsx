// For lists that the host answers page by page.
import { Button, Stack } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { ask } from '../api/client.ts';
import { DataTable, type TableColumn } from './data-table.tsx';
import { PagePending } from './page-states.tsx';
import { ProblemNotice } from './problem-notice.tsx';

interface MoreListProps<T> {
  readonly label: string;
  /** The first page's address. */
  readonly path: string;
  /** The member of the answer that has the rows. */
  readonly member: string;
  readonly columns: readonly TableColumn<T>[];
  readonly rowKey: (row: T) => string | number;
  readonly empty: string;
  /** How the address of the next page names where it begins. */
  readonly cursor?: 'after' | 'before';
  /** Milliseconds until it is asked again by itself. */
  readonly every?: number;
}

type Answer<T> = Readonly<Record<string, readonly T[]>> & { readonly next?: string | number | null };

/** The first part of the key is the path's first name, so that whoever changes such things knows what to ask again. */
export function listKey(path: string): readonly string[] {
  return [/^\/api\/([^/?]+)/.exec(path)?.[1] ?? path, path];
}

export function MoreList<T>({
  label,
  path,
  member,
  columns,
  rowKey,
  empty,
  every,
  cursor = 'after',
}: MoreListProps<T>) {
  const list = useInfiniteQuery({
    queryKey: [...listKey(path), 'pages'],
    queryFn: ({ pageParam, signal }) => {
      const more =
        pageParam === null ? '' : `${path.includes('?') ? '&' : '?'}${cursor}=${encodeURIComponent(pageParam)}`;
      return ask<Answer<T>>('GET', `${path}${more}`, { signal });
    },
    initialPageParam: null as string | number | null,
    getNextPageParam: ({ next }) => next ?? null,
    ...(every === undefined ? {} : { refetchInterval: every }),
  });
  const rows = list.data?.pages.flatMap((page) => page[member] ?? []);
  return (
    <Stack gap="sm">
      <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
      {rows === undefined && list.error === null && <PagePending />}
      {rows !== undefined && <DataTable label={label} rows={rows} columns={columns} rowKey={rowKey} empty={empty} />}
      {list.hasNextPage && (
        <Button
          variant="default"
          loading={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
          style={{ alignSelf: 'center' }}
        >
          Show more
        </Button>
      )}
    </Stack>
  );
}
