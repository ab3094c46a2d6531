import type { Role, UserView } from '@jackfield/host/answers';
import { PasswordInput, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ask, pathTo } from '../../api/client.ts';
import { ActForm } from '../../parts/act-form.tsx';
import { useAct } from '../../parts/act.ts';
import { type Grant, GrantFields } from './grant-fields.tsx';

interface UserFormProps {
  /** Undefined: somebody new. */
  readonly user: UserView | undefined;
  readonly onDone: () => void;
}

export function UserForm({ user, onDone }: UserFormProps) {
  const [name, setName] = useState(user?.name ?? '');
  const [login, setLogin] = useState(user?.login ?? '');
  const [password, setPassword] = useState('');
  const [enabled, setEnabled] = useState(user?.enabled ?? true);
  const [grant, setGrant] = useState<Grant>({ role: (user?.role ?? 'user') as Role, clients: user?.clients ?? null });
  const save = useAct({
    act: () => {
      const chosen = password === '' ? {} : { password };
      if (user === undefined) return ask('POST', '/api/users', { body: { login, name, ...grant, ...chosen } });
      return ask('PATCH', pathTo(['users', user.id]), { body: { name, enabled, ...grant, ...chosen } });
    },
    changes: ['users'],
    done: `${name} is saved.`,
    after: onDone,
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
      {user === undefined && (
        <TextInput
          label="Login"
          description="A mail address, for instance."
          required
          autoComplete="off"
          value={login}
          onChange={(event) => setLogin(event.currentTarget.value)}
        />
      )}
      <GrantFields grant={grant} onChange={setGrant} />
      <PasswordInput
        label={user === undefined ? 'Password' : 'New password'}
        description={
          user === undefined
            ? 'Left empty, they sign in with the provider of your organisation only.'
            : 'Left empty, it stays as it is. A new one ends their sessions.'
        }
        autoComplete="new-password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      {user !== undefined && (
        <Switch label="May sign in" checked={enabled} onChange={(event) => setEnabled(event.currentTarget.checked)} />
      )}
    </ActForm>
  );
}
