import type { DashboardView, InstanceView, QuerySummary, WidgetView } from '@jackfield/host/answers';
import { Button, Modal, Select, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../../api/client.ts';
import { ActForm } from '../../parts/act-form.tsx';
import { useAct } from '../../parts/act.ts';
import { axesOf, KindSelect, kindOf } from '../../results/kind-select.tsx';

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

function SaveWidget({ instance, query, params, onDone }: SaveWidgetProps & { readonly onDone: () => void }) {
  const { data: dashboards = [] } = useQuery({
    queryKey: ['dashboards', 'list'],
    queryFn: async ({ signal }) =>
      (await ask<{ dashboards: readonly DashboardView[] }>('GET', '/api/dashboards', { signal })).dashboards,
  });
  const [title, setTitle] = useState(`${query.title}: ${instance.name}`.slice(0, 120));
  const [kind, setKind] = useState(() => kindOf(query.columns));
  const [dashboardId, setDashboardId] = useState<string | null>(null);
  const save = useAct<void, WidgetView>({
    act: () => {
      const source = { plugin: instance.plugin, query: query.id, params, instances: [instance.id] };
      return ask('POST', '/api/widgets', {
        body: { ...source, title, kind, dashboardId, ...axesOf(kind, query.columns) },
      });
    },
    changes: ['widgets', 'dashboards'],
    done: `“${title}” is saved.`,
    after: onDone,
  });
  return (
    <ActForm act={save} onCancel={onDone}>
      <TextInput
        label="Title"
        required
        maxLength={120}
        data-autofocus
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
      />
      <KindSelect value={kind} onChange={setKind} />
      <Select
        label="Dashboard"
        placeholder="None yet"
        data={dashboards.map(({ id, title }) => ({ value: id, label: title }))}
        value={dashboardId}
        onChange={setDashboardId}
        clearable
        searchable
      />
    </ActForm>
  );
}
