import { PasswordInput } from '@mantine/core';
import { useState } from 'react';
import { ask } from '../api/client.ts';
import { ActForm } from '../parts/act-form.tsx';
import { useAct } from '../parts/act.ts';

export function PasswordForm({ onDone }: { readonly onDone: () => void }) {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const change = useAct({
    act: () => ask('POST', '/api/session/password', { body: { current, password } }),
    changes: [],
    done: 'The password is changed. Your other sessions are over.',
    after: onDone,
  });
  return (
    <ActForm act={change} label="Change it" onCancel={onDone}>
      <PasswordInput
        label="Current password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        data-autofocus
        value={current}
        onChange={(event) => setCurrent(event.currentTarget.value)}
      />
      <PasswordInput
        label="New password"
        description="At least twelve characters; a few words are easiest to keep in mind."
        autoComplete="new-password"
        required
        withAsterisk={false}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
    </ActForm>
  );
}
