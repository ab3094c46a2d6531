import type { Difference } from '@jackfield/host/answers';
import { Alert, Button, Group, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ask } from '../../api/client.ts';
import { Asked } from '../../parts/asked.tsx';
import { SearchableTable } from '../../parts/data-table.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';

interface Report {
  readonly plugin: string;
  readonly differences: readonly Difference[];
}

type Found = Difference & { readonly of: string };

const textOf = ({ of, table, key, field }: Found): string => `${of} ${table} ${key} ${field}`;

/** Whether the old tables and the instances say the same. */
export function Parity() {
  const parity = useQuery({
    queryKey: ['legacy', 'parity'],
    queryFn: async ({ signal }) =>
      (await ask<{ plugins: readonly Report[] }>('GET', '/api/legacy/parity', { signal })).plugins,
    staleTime: 60_000,
  });
  return (
    <Asked query={parity}>
      {(reports) => (
        <Stack gap="sm">
          <Group justify="space-between">
            <Group gap="xs">
              {reports.map(({ plugin, differences }) => (
                <Group key={plugin} gap={6}>
                  {plugin}
                  <StateBadge state={differences.length === 0 ? 'the same' : `${differences.length} different`} />
                </Group>
              ))}
            </Group>
            <Button variant="default" size="xs" loading={parity.isFetching} onClick={() => void parity.refetch()}>
              Compare again
            </Button>
          </Group>
          {reports.every(({ differences }) => differences.length === 0) ? (
            <Alert color="green" title="Nothing differs">
              Whatever the old tables say, the instances say too. Rows in the quarantine are not compared.
            </Alert>
          ) : (
            <SearchableTable
              label="Differences"
              rows={reports.flatMap(({ plugin, differences }) =>
                differences.map((found) => ({ ...found, of: plugin })),
              )}
              rowKey={({ of, table, key, field }) => `${of} ${table} ${key} ${field}`}
              textOf={textOf}
              empty="Nothing differs."
              columns={[
                { label: 'Plugin', cell: ({ of }) => of },
                { label: 'Row', cell: ({ table, key }) => <code>{`${table} ${key}`}</code> },
                { label: 'Field', cell: ({ field }) => <code>{field}</code> },
                { label: 'Old', cell: ({ legacy }) => shown(legacy) },
                { label: 'New', cell: ({ plugin }) => shown(plugin) },
              ]}
            />
          )}
        </Stack>
      )}
    </Asked>
  );
}

const MOST = 200;

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}
