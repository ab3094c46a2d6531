import { Button, Group, Select, Text } from '@mantine/core';
import IconMaximize from '@tabler/icons-react/icons/IconMaximize';
import IconPencil from '@tabler/icons-react/icons/IconPencil';
import IconPlus from '@tabler/icons-react/icons/IconPlus';
import IconRefresh from '@tabler/icons-react/icons/IconRefresh';
import IconSettings from '@tabler/icons-react/icons/IconSettings';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import {
  changeDashboard,
  dashboardQuery,
  type DashboardView,
  keepLastDashboard,
  layOut,
  type Position,
  removeDashboard,
} from '../../api/dashboards.ts';
import { useMay } from '../../api/session.ts';
import { useAct } from '../../parts/act.ts';
import { AskedPage } from '../../parts/asked-page.tsx';
import { ConfirmButton } from '../../parts/confirm-button.tsx';
import { Page } from '../../parts/page.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { AddWidget } from './add/add-widget.tsx';
import { DashboardForm } from './dashboard-form.tsx';
import { Grid } from './grid.tsx';
import classes from './grid.module.css';
import { refreshWidgets } from './jackfield-widget.ts';
import { RANGES, RHYTHMS } from './ranges.ts';
import { WidgetMenu } from './widget-menu.tsx';

export function DashboardPage() {
  const { id } = useParams({ from: '/shell/dashboards/$id' });
  return (
    <AskedPage title="Dashboard" query={useQuery(dashboardQuery(id))}>
      {(dashboard) => <Shown key={id} dashboard={dashboard} />}
    </AskedPage>
  );
}

function Shown({ dashboard }: { readonly dashboard: DashboardView }) {
  const { id, title, description, widgets } = dashboard;
  const { days } = useSearch({ from: '/shell/dashboards/$id' });
  const mayEdit = useMay('engineer');
  const [isEdited, setEdited] = useState(false);
  const [isAdding, setAdding] = useState(false);
  const [isSetting, setSetting] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => keepLastDashboard(id), [id]);
  const lay = useLayOut(dashboard);
  const navigate = useNavigate();
  const remove = useAct({
    act: () => removeDashboard(id),
    done: `${title} is deleted`,
    changes: ['dashboards'],
    after: () => navigate({ to: '/dashboards' }),
  });
  return (
    <Page
      title={title}
      lead={description ?? undefined}
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconRefresh size={16} aria-hidden />}
            onClick={() => place.current && refreshWidgets(place.current)}
          >
            Refresh
          </Button>
          <Button
            variant="default"
            leftSection={<IconMaximize size={16} aria-hidden />}
            onClick={() => void place.current?.requestFullscreen()}
          >
            Full screen
          </Button>
          {mayEdit && (
            <Button
              variant={isEdited ? 'filled' : 'default'}
              leftSection={<IconPencil size={16} aria-hidden />}
              onClick={() => setEdited(!isEdited)}
            >
              {isEdited ? 'Done' : 'Edit'}
            </Button>
          )}
        </>
      }
    >
      <Group gap="sm">
        <RangeSelect dashboard={dashboard} />
        {isEdited && (
          <>
            <RhythmSelect dashboard={dashboard} />
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
              Add a widget
            </Button>
            <Button
              variant="default"
              leftSection={<IconSettings size={16} aria-hidden />}
              onClick={() => setSetting(true)}
            >
              Settings
            </Button>
            <ConfirmButton label="Delete" title={`Delete ${title}?`} act={remove}>
              Its {widgets.length} widgets go with it. The instances and their rows stay.
            </ConfirmButton>
          </>
        )}
      </Group>
      <ProblemNotice error={lay.error} />
      <AddWidget opened={isAdding} onClose={() => setAdding(false)} dashboard={dashboard} />
      <DashboardForm opened={isSetting} onClose={() => setSetting(false)} dashboard={dashboard} />
      <div ref={place} className={classes['full']}>
        {widgets.length === 0 && (
          <Text c="dimmed">There are no widgets yet{mayEdit ? ': choose Edit, then Add a widget' : ''}.</Text>
        )}
        <Grid
          widgets={widgets}
          days={days}
          isEdited={isEdited}
          onMoves={lay.mutate}
          menu={(widget) => <WidgetMenu widget={widget} />}
        />
      </div>
    </Page>
  );
}

/** Moved here at once, then on the host; put back when it says no. */
function useLayOut({ id }: DashboardView) {
  const queries = useQueryClient();
  const { queryKey } = dashboardQuery(id);
  type Moves = readonly { readonly id: string; readonly position: Position }[];
  return useAct<Moves, DashboardView>({
    act: async (moves) => {
      const places = new Map(moves.map((move) => [move.id, move.position]));
      await queries.cancelQueries({ queryKey });
      queries.setQueryData(
        queryKey,
        (known) =>
          known && {
            ...known,
            widgets: known.widgets.map((widget) => ({ ...widget, position: places.get(widget.id) ?? widget.position })),
          },
      );
      return layOut(id, moves).catch((error: unknown) => {
        void queries.invalidateQueries({ queryKey });
        throw error;
      });
    },
    changes: [],
    after: (view) => void queries.setQueryData(queryKey, view),
  });
}

function RangeSelect({ dashboard: { id, timeRange } }: { readonly dashboard: DashboardView }) {
  const { days } = useSearch({ from: '/shell/dashboards/$id' });
  const navigate = useNavigate();
  const own = timeRange === null ? 'Time range as saved' : `Last ${timeRange.days} days, as saved`;
  return (
    <Select
      aria-label="Time range"
      w={220}
      allowDeselect={false}
      data={[{ value: '', label: own }, ...RANGES.map((range) => ({ value: String(range.days), label: range.label }))]}
      value={days === undefined ? '' : String(days)}
      onChange={(value) =>
        void navigate({
          to: '/dashboards/$id',
          params: { id },
          search: value ? { days: Number(value) } : {},
          replace: true,
        })
      }
    />
  );
}

function RhythmSelect({ dashboard: { id, refreshMs } }: { readonly dashboard: DashboardView }) {
  const change = useAct({
    act: (ms: number | null) => changeDashboard(id, { refreshMs: ms }),
    changes: ['dashboards'],
  });
  const data = RHYTHMS.map(({ ms, label }) => ({ value: String(ms), label }));
  const isOther = refreshMs !== null && !RHYTHMS.some(({ ms }) => ms === refreshMs);
  return (
    <Select
      aria-label="Refresh"
      w={220}
      placeholder="Refresh as each widget says"
      clearable
      data={isOther ? [...data, { value: String(refreshMs), label: `Every ${refreshMs / 1000} seconds` }] : data}
      value={refreshMs === null ? null : String(refreshMs)}
      onChange={(value) => change.mutate(value === null ? null : Number(value))}
    />
  );
}
