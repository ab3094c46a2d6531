// The first admin. The link that the host printed has its token after the #, where no server and no log sees it.
import { Alert, Anchor, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { type SyntheticEvent, useEffect, useState } from 'react';
import { ask } from '../../api/client.ts';
import { welcome } from '../../api/session.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useTitle } from '../../parts/title.ts';
import { FrontDoor } from './front-door.tsx';

export function SetupPage() {
  useTitle('Set up');
  const router = useRouter();
  const queries = useQueryClient();
  const [token] = useState(() => location.hash.slice(1));
  const [input, setInput] = useState({ login: '', name: '', password: '' });
  const [repeated, setRepeated] = useState('');
  // It is good once, and belongs in no history.
  useEffect(() => history.replaceState(history.state, '', '/setup'), []);
  const setUp = useMutation({
    mutationFn: () => ask('POST', '/api/setup', { body: { token, ...input } }),
    onSuccess: async () => {
      await welcome(queries);
      router.history.push('/');
    },
  });
  const differs = repeated !== '' && repeated !== input.password;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (repeated === input.password) setUp.mutate();
  };
  const field = (name: keyof typeof input) => ({
    name,
    value: input[name],
    required: true,
    withAsterisk: false,
    onChange: ({ currentTarget: { value } }: { readonly currentTarget: { readonly value: string } }) =>
      setInput((before) => ({ ...before, [name]: value })),
  });
  if (token === '')
    return (
      <FrontDoor title="Set up Jackfield" lead="Open the whole link that the host printed when it started.">
        <Alert color="yellow" title="The link is not complete">
          What is after its # is missing. Copy it again, or start the host again: it prints another one as long as there
          is no admin.{' '}
          <Anchor component={Link} to="/sign-in">
            Sign in instead
          </Anchor>
        </Alert>
      </FrontDoor>
    );
  return (
    <FrontDoor title="Set up Jackfield" lead="Make the account of the first admin. The link is good once.">
      <form onSubmit={submit}>
        <Stack>
          <ProblemNotice error={setUp.error} />
          <TextInput label="Your name" autoComplete="name" autoFocus {...field('name')} />
          <TextInput
            label="Login"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            {...field('login')}
          />
          <PasswordInput
            label="Password"
            description="At least twelve characters; a few words are easiest to keep in mind."
            autoComplete="new-password"
            {...field('password')}
          />
          <PasswordInput
            label="Password again"
            autoComplete="new-password"
            required
            withAsterisk={false}
            value={repeated}
            error={differs && 'This is not the same password.'}
            onChange={(event) => setRepeated(event.currentTarget.value)}
          />
          <Button type="submit" loading={setUp.isPending} fullWidth>
            Make the account
          </Button>
        </Stack>
      </form>
    </FrontDoor>
  );
}
