// Makes a dashboard, or changes what one is about.
import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import {
  changeDashboard,
  clientNamesQuery,
  createDashboard,
  type DashboardInput,
  type DashboardView,
} from '../../api/dashboards.ts';
import { useSession } from '../../api/session.ts';
import { useAct } from '../../parts/act.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { RANGES } from './ranges.ts';

interface DashboardFormProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** Left out: a new one. */
  readonly dashboard?: DashboardView;
}

export function DashboardForm({ opened, onClose, dashboard }: DashboardFormProps) {
  const navigate = useNavigate();
  const save = useAct({
    act: (input: DashboardInput) =>
      dashboard === undefined ? createDashboard(input) : changeDashboard(dashboard.id, input),
    changes: ['dashboards'],
    after: async ({ id }) => {
      onClose();
      if (dashboard === undefined) await navigate({ to: '/dashboards/$id', params: { id } });
    },
  });
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={dashboard === undefined ? 'New dashboard' : 'Settings of the dashboard'}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {opened && <Fields dashboard={dashboard} isSaving={save.isPending} error={save.error} onSave={save.mutate} />}
    </Modal>
  );
}

interface FieldsProps {
  readonly dashboard: DashboardView | undefined;
  readonly isSaving: boolean;
  readonly error: unknown;
  readonly onSave: (input: DashboardInput) => void;
}

function Fields({ dashboard, isSaving, error, onSave }: FieldsProps) {
  const { clients: own } = useSession();
  const { data: clients = [] } = useQuery(clientNamesQuery);
  const [title, setTitle] = useState(dashboard?.title ?? '');
  const [description, setDescription] = useState(dashboard?.description ?? '');
  const [clientId, setClientId] = useState(dashboard?.clientId ?? null);
  const [days, setDays] = useState(dashboard?.timeRange?.days.toString() ?? '');
  const submit = (event: Pick<Event, 'preventDefault'>): void => {
    event.preventDefault();
    onSave({
      title,
      description: description === '' ? null : description,
      clientId,
      timeRange: days === '' ? null : { days: Number(days) },
    });
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
        <Textarea
          label="Description"
          autosize
          maxLength={2000}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <Select
          label="Client"
          description="Its parameters fill in the widgets. Who is limited to clients sees their dashboards only."
          placeholder="No client"
          clearable={own === null}
          required={own !== null}
          searchable
          data={clients.map(({ id, name }) => ({ value: id, label: name }))}
          value={clientId}
          onChange={setClientId}
        />
        <Select
          label="Time range"
          placeholder="As each widget says"
          clearable
          data={RANGES.map(({ days, label }) => ({ value: String(days), label }))}
          value={days === '' ? null : days}
          onChange={(value) => setDays(value ?? '')}
        />
        <ProblemNotice error={error} />
        <Group justify="flex-end">
          <Button type="submit" loading={isSaving}>
            {dashboard === undefined ? 'Make it' : 'Save'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
