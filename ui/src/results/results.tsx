import type { Column } from '@jackfield/schemas';
import { Alert, Badge, Group, Loader, SegmentedControl, Stack, Text } from '@mantine/core';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { PagePending } from '../parts/page-states.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { When } from '../parts/when.tsx';
import { chartOf, POINTS_MOST } from './chart-choice.ts';
import { RowDrawer } from './row-drawer.tsx';
import { type Progress, type Row, ROWS_MOST } from './row-stream.ts';
import { RowsTable } from './rows-table.tsx';

const RowsChart = lazy(() => import('./rows-chart.tsx'));

interface ResultsProps {
  readonly label: string;
  /** Empty when they come with the rows. */
  readonly columns: readonly Column[];
  readonly progress: Progress;
  /** What can be done with them. */
  readonly actions: ReactNode;
}

export function Results({ label, columns: declared, progress, actions }: ResultsProps) {
  const [view, setView] = useState<'table' | 'chart'>('table');
  const [opened, setOpened] = useState<Row | null>(null);
  const { rows, state, error } = progress;
  const columns = declared.length > 0 ? declared : columnsIn(rows);
  const chart = chartOf(columns, rows);
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Status progress={progress} />
        <Group gap="xs">
          {chart !== undefined && (
            <SegmentedControl
              aria-label="Show as"
              size="xs"
              value={view}
              onChange={(value) => setView(value === 'chart' ? 'chart' : 'table')}
              data={[
                { value: 'table', label: 'Table' },
                { value: 'chart', label: 'Chart' },
              ]}
            />
          )}
          {actions}
        </Group>
      </Group>
      <ProblemNotice error={error} />
      {state === 'capped' && (
        <Alert color="yellow" title={`Only the first ${ROWS_MOST.toLocaleString()} rows are shown`}>
          There are more. “Download CSV” has all of them.
        </Alert>
      )}
      {view === 'chart' && chart !== undefined && (
        <Suspense fallback={<PagePending />}>
          <RowsChart label={label} columns={columns} chart={chart} rows={rows} />
          {rows.length > POINTS_MOST && (
            <Text size="sm" c="dimmed">
              The first {POINTS_MOST} rows are drawn.
            </Text>
          )}
        </Suspense>
      )}
      {(view === 'table' || chart === undefined) && rows.length > 0 && (
        <RowsTable label={label} columns={columns} rows={rows} onOpen={setOpened} />
      )}
      {state === 'ended' && rows.length === 0 && <Text c="dimmed">The answer has no rows.</Text>}
      <RowDrawer columns={columns} row={opened} onClose={() => setOpened(null)} />
    </Stack>
  );
}

const WORDS: Readonly<Record<Progress['state'], string>> = {
  asking: 'Asking …',
  arriving: 'arriving',
  ended: '',
  capped: 'and more',
  cancelled: 'then it was cancelled',
  failed: 'then it broke off',
};

function Status({ progress: { rows, state, asOf, stale } }: { readonly progress: Progress }) {
  return (
    <Group gap="xs" role="status">
      {(state === 'asking' || state === 'arriving') && <Loader size="xs" />}
      <Text size="sm">
        {state === 'asking' ? WORDS[state] : `${rows.length.toLocaleString()} rows ${WORDS[state]}`}
      </Text>
      {asOf !== null && (
        <Text size="sm" c="dimmed">
          as of <When at={asOf} />
        </Text>
      )}
      {stale !== null && (
        <Badge color="orange" variant="light" tt="none" radius="sm">
          old: {stale.replaceAll('_', ' ')}
        </Badge>
      )}
    </Group>
  );
}

/** Columns that come with the answer: the members of its rows. */
function columnsIn(rows: readonly Row[]): Column[] {
  const names = new Set(rows.slice(0, 50).flatMap((row) => Object.keys(row)));
  return [...names].map((name) => {
    const value = rows.find((row) => row[name] !== null && row[name] !== undefined)?.[name];
    return { name, type: typeof value === 'number' ? 'number' : typeof value === 'object' ? 'json' : 'string' };
  });
}
