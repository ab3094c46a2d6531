import { useQuery } from '@tanstack/react-query';
import { ask } from '../../api/client.ts';
import { Asked } from '../../parts/asked.tsx';
import { SearchableTable } from '../../parts/data-table.tsx';
import { When } from '../../parts/when.tsx';

interface Quarantined {
  readonly table: string;
  readonly id: number | string;
  readonly plugin: string | null;
  readonly reason: string;
  readonly detail: string;
  readonly since: string;
}

const textOf = ({ table, plugin, reason, detail }: Quarantined): string =>
  `${table} ${plugin ?? ''} ${reason} ${detail}`;

/** Rows of the old tables that an import could not move. */
export function Quarantine() {
  const rows = useQuery({
    queryKey: ['legacy', 'quarantine'],
    queryFn: async ({ signal }) =>
      (await ask<{ rows: readonly Quarantined[] }>('GET', '/api/legacy/quarantine', { signal })).rows,
  });
  return (
    <Asked query={rows}>
      {(found) => (
        <SearchableTable
          label="Rows that could not be moved"
          rows={found}
          rowKey={({ table, id }) => `${table} ${id}`}
          textOf={textOf}
          empty="Every row that was imported has found its place."
          columns={[
            { label: 'Row', cell: ({ table, id }) => <code>{`${table} ${id}`}</code> },
            { label: 'Plugin', cell: ({ plugin }) => plugin ?? '' },
            { label: 'Why', cell: ({ reason }) => reason.replaceAll('_', ' ') },
            { label: 'In detail', cell: ({ detail }) => detail },
            { label: 'Since', cell: ({ since }) => <When at={since} /> },
          ]}
        />
      )}
    </Asked>
  );
}
