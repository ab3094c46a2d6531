// Makes a dashboard, or changes what one is about.
import { Modal, Select, Textarea, TextInput } from '@mantine/core';
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
import { ActForm } from '../../parts/act-form.tsx';
import { useAct } from '../../parts/act.ts';
import { RANGES } from './ranges.ts';

interface DashboardFormProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** Left out: a new one. */
  readonly dashboard?: DashboardView;
  /** Of a new one: the client that it is about, until somebody says otherwise. */
  readonly about?: string | null;
}

export function DashboardForm({ opened, onClose, dashboard, about = null }: DashboardFormProps) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={dashboard === undefined ? 'New dashboard' : 'Settings of the dashboard'}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {opened && <Fields dashboard={dashboard} about={about} onClose={onClose} />}
    </Modal>
  );
}

interface FieldsProps {
  readonly dashboard: DashboardView | undefined;
  readonly about: string | null;
  readonly onClose: () => void;
}

function Fields({ dashboard, about, onClose }: FieldsProps) {
  const navigate = useNavigate();
  const { clients: own } = useSession();
  const { data: clients = [] } = useQuery(clientNamesQuery);
  const [title, setTitle] = useState(dashboard?.title ?? '');
  const [description, setDescription] = useState(dashboard?.description ?? '');
  const [clientId, setClientId] = useState(dashboard === undefined ? about : dashboard.clientId);
  const [days, setDays] = useState(dashboard?.timeRange?.days.toString() ?? '');
  const save = useAct<void, DashboardView>({
    act: () => {
      const input: DashboardInput = {
        title,
        description: description === '' ? null : description,
        clientId,
        timeRange: days === '' ? null : { days: Number(days) },
      };
      return dashboard === undefined ? createDashboard(input) : changeDashboard(dashboard.id, input);
    },
    changes: ['dashboards'],
    after: async ({ id }) => {
      onClose();
      if (dashboard === undefined) await navigate({ to: '/dashboards/$id', params: { id } });
    },
  });
  return (
    <ActForm act={save} label={dashboard === undefined ? 'Make it' : 'Save'} onCancel={onClose}>
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
    </ActForm>
  );
}
