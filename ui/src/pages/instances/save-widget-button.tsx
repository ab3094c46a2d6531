import type { DashboardView, InstanceView, QuerySummary, WidgetView } from '@jackfield/host/answers';
import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type SyntheticEvent, useState } from 'react';
import { ask } from '../../api/client.ts';
import { useAct } from '../../parts/act.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { chartOf } from '../../results/chart-choice.ts';

interface SaveWidgetProps {
  readonly instance: InstanceView;
  readonly query: QuerySummary;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A query with its params, as something that stands on a dashboard. */
export function SaveWidgetButton(props: SaveWidgetProps) {
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <>
      <Button size="xs" variant="light" onClick={open}>
        Save as widget
      </Button>
      <Modal opened={isOpen} onClose={close} title="Save as widget" closeButtonProps={{ 'aria-label': 'Close' }}>
        <SaveWidget {...props} onDone={close} />
      </Modal>
    </>
  );
}

const KINDS = ['table', 'bar', 'line', 'pie', 'stat', 'gauge'];

function SaveWidget({ instance, query, params, onDone }: SaveWidgetProps & { readonly onDone: () => void }) {
  const { data: dashboards = [] } = useQuery({
    queryKey: ['dashboards', 'list'],
    queryFn: async ({ signal }) =>
      (await ask<{ dashboards: readonly DashboardView[] }>('GET', '/api/dashboards', { signal })).dashboards,
  });
  const [title, setTitle] = useState(`${query.title}: ${instance.name}`.slice(0, 120));
  const [kind, setKind] = useState(
    query.columns.length === 0 ? 'table' : (chartOf(query.columns, [{}])?.kind ?? 'table'),
  );
  const [dashboardId, setDashboardId] = useState<string | null>(null);
  const save = useAct<void, WidgetView>({
    act: () => {
      const chart = kind === 'table' ? undefined : chartOf(query.columns, [{}]);
      const axes = chart === undefined ? {} : { x: chart.x.name, y: chart.y.map(({ name }) => name) };
      const source = { plugin: instance.plugin, query: query.id, params, instances: [instance.id] };
      return ask('POST', '/api/widgets', { body: { ...source, title, kind, dashboardId, ...axes } });
    },
    changes: ['widgets', 'dashboards'],
    done: `“${title}” is saved.`,
    after: onDone,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Title"
          required
          maxLength={120}
          data-autofocus
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <Select
          label="Shown as"
          data={KINDS}
          value={kind}
          onChange={(value) => setKind(value ?? kind)}
          allowDeselect={false}
        />
        <Select
          label="Dashboard"
          placeholder="None yet"
          data={dashboards.map(({ id, title }) => ({ value: id, label: title }))}
          value={dashboardId}
          onChange={setDashboardId}
          clearable
          searchable
        />
        <ProblemNotice error={save.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
