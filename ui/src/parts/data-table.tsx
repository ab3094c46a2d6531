// A table of records, and on a phone a list of cards: the same rows, each cell with its heading.
import { Group, Pagination, Text, TextInput } from '@mantine/core';
import IconSearch from '@tabler/icons-react/icons/IconSearch';
import { type ReactNode, useMemo, useState } from 'react';
import classes from './data-table.module.css';

export interface TableColumn<T> {
  readonly label: string;
  readonly cell: (row: T) => ReactNode;
  /** Buttons, at the end of the row. */
  readonly isActions?: boolean;
}

interface DataTableProps<T> {
  /** What is in it, for those who do not see it. */
  readonly label: string;
  readonly rows: readonly T[];
  readonly columns: readonly TableColumn<T>[];
  readonly rowKey: (row: T) => string | number;
  /** Instead of no rows. */
  readonly empty: ReactNode;
}

export function DataTable<T>({ label, rows, columns, rowKey, empty }: DataTableProps<T>) {
  if (rows.length === 0) return <div className={classes['empty']}>{empty}</div>;
  return (
    <div className={classes['frame']}>
      <table className={classes['table']} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.label} scope="col" data-actions={column.isActions}>
                {column.isActions ? <span className={classes['hidden']}>{column.label}</span> : column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td
                  key={column.label}
                  data-label={column.isActions ? undefined : column.label}
                  data-actions={column.isActions}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const PAGE = 25;

interface SearchableTableProps<T> extends DataTableProps<T> {
  /** What of a row is searched. */
  readonly textOf: (row: T) => string;
  /** More to choose by, beside the search. */
  readonly filters?: ReactNode;
}

/** For lists that the host answers as a whole: searched and paged here. */
export function SearchableTable<T>({ rows, textOf, filters, empty, ...table }: SearchableTableProps<T>) {
  const [search, setSearch] = useState('');
  const [page, setPage] = useState(1);
  const found = useMemo(() => {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    return rows.filter((row) => {
      const text = textOf(row).toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }, [rows, search, textOf]);
  const pages = Math.max(1, Math.ceil(found.length / PAGE));
  const shown = Math.min(page, pages);
  return (
    <>
      <Group gap="sm">
        <TextInput
          type="search"
          aria-label={`Search: ${table.label}`}
          placeholder="Search"
          leftSection={<IconSearch size={16} aria-hidden />}
          className={classes['search']}
          value={search}
          onChange={(event) => {
            setSearch(event.currentTarget.value);
            setPage(1);
          }}
        />
        {filters}
        <Text size="sm" c="dimmed" role="status" ml="auto">
          {found.length === rows.length ? `${rows.length} in all` : `${found.length} of ${rows.length}`}
        </Text>
      </Group>
      <DataTable
        {...table}
        rows={found.slice((shown - 1) * PAGE, shown * PAGE)}
        empty={rows.length === 0 ? empty : 'Nothing has what you search for.'}
      />
      {pages > 1 && (
        <Pagination
          total={pages}
          value={shown}
          onChange={setPage}
          size="sm"
          getControlProps={(control) => ({ 'aria-label': `${control} page` })}
          getItemProps={(item) => ({ 'aria-label': `Page ${item}` })}
        />
      )}
    </>
  );
}
