import type { ClientView } from '@jackfield/host/answers';
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type SyntheticEvent, useState } from 'react';
import { ask, pathTo } from '../../api/client.ts';
import { useAct } from '../../parts/act.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
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
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TimeZoneSelect value={timeZone} onChange={setTimeZone} />
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
