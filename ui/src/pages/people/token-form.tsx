// A new token of a program. Its text is shown once, and is nowhere when the window is closed.
import { Alert, Button, Code, CopyButton, Group, Select, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SyntheticEvent, useState } from 'react';
import { ask } from '../../api/client.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
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
  if (make.data !== undefined) return <Made token={make.data.token} onDone={onDone} />;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <ProblemNotice error={make.error} />
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
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={make.isPending}>
            Make it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface MadeProps {
  readonly token: string;
  readonly onDone: () => void;
}

function Made({ token, onDone }: MadeProps) {
  return (
    <Stack>
      <Alert color="yellow" title="Copy it now">
        It is shown this once. Only its hash is kept.
      </Alert>
      <Code block>{token}</Code>
      <Group justify="flex-end">
        <CopyButton value={token}>
          {({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy'}</Button>}
        </CopyButton>
        <Button variant="default" onClick={onDone}>
          Close
        </Button>
      </Group>
    </Stack>
  );
}
