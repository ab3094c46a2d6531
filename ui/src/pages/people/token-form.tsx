// A new token of a program. Its text is shown once, and is nowhere when the window is closed.
import { Select, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../../api/client.ts';
import { ActForm } from '../../parts/act-form.tsx';
import { ShownOnce } from '../../parts/shown-once.tsx';
import { type Grant, GrantFields } from './grant-fields.tsx';

const DAY = 86_400_000;
const LENGTHS = [
  { value: String(30 * DAY), label: '30 days' },
  { value: String(90 * DAY), label: '90 days' },
  { value: String(365 * DAY), label: 'a year' },
  { value: '', label: 'until it is revoked' },
];

export function TokenForm({ onDone }: { readonly onDone: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [grant, setGrant] = useState<Grant>({ role: 'user', clients: null });
  const [length, setLength] = useState(String(90 * DAY));
  const make = useMutation({
    mutationFn: () => {
      const expiresInMs = length === '' ? null : Number(length);
      return ask<{ readonly token: string }>('POST', '/api/tokens', { body: { name, ...grant, expiresInMs } });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['tokens'] }),
  });
  if (make.data !== undefined) return <ShownOnce text={make.data.token} onClose={onDone} />;
  return (
    <ActForm act={make} label="Make it" onCancel={onDone}>
      <TextInput
        label="Name"
        description="What uses it."
        required
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <GrantFields grant={grant} onChange={setGrant} />
      <Select
        label="Good for"
        data={LENGTHS}
        value={length}
        onChange={(value) => setLength(value ?? length)}
        allowDeselect={false}
      />
    </ActForm>
  );
}
