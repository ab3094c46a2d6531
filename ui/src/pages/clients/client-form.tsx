import type { ClientView } from '@jackfield/host/answers';
import { TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ask, pathTo } from '../../api/client.ts';
import { ActForm } from '../../parts/act-form.tsx';
import { useAct } from '../../parts/act.ts';
import { TimeZoneSelect } from './time-zone-select.tsx';

interface ClientFormProps {
  /** Left out: a new one. */
  readonly client?: ClientView;
  readonly onDone: () => void;
}

export function ClientForm({ client, onDone }: ClientFormProps) {
  const navigate = useNavigate();
  const [name, setName] = useState(client?.name ?? '');
  const [timeZone, setTimeZone] = useState(
    () => client?.timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
  );
  const save = useAct<void, ClientView>({
    act: () => {
      const body = { name, timeZone };
      if (client === undefined) return ask('POST', '/api/clients', { body });
      const headers = { 'if-match': `"${client.revision}"` };
      return ask('PATCH', pathTo(['clients', client.id]), { body, headers });
    },
    changes: ['clients'],
    done: `“${name}” is saved.`,
    after: async ({ id }) => {
      onDone();
      if (client === undefined) await navigate({ to: '/clients/$id', params: { id } });
    },
  });
  return (
    <ActForm act={save} onCancel={onDone}>
      <TextInput
        label="Name"
        required
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TimeZoneSelect value={timeZone} onChange={setTimeZone} />
    </ActForm>
  );
}
