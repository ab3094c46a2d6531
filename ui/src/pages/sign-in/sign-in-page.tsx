import { Alert, Button, Divider, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { type SyntheticEvent, useState } from 'react';
import { ask, pathTo } from '../../api/client.ts';
import { waysQuery, welcome } from '../../api/session.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useTitle } from '../../parts/title.ts';
import { FrontDoor } from './front-door.tsx';

const route = getRouteApi('/sign-in');

/** By the code that the host sends along. */
const REASONS: Readonly<Record<string, string>> = {
  auth_failed: 'It took too long, was begun in another browser, or the provider refused.',
  permission_denied: 'You are known there, but nothing that it says of you gives you a role here.',
  vendor_unavailable: 'The provider does not answer.',
  timeout: 'The provider does not answer in time.',
};

export function SignInPage() {
  useTitle('Sign in');
  const { next = '/', failed } = route.useSearch();
  const router = useRouter();
  const queries = useQueryClient();
  const { data: ways } = useQuery(waysQuery);
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useMutation({
    mutationFn: () => ask('POST', '/api/session', { body: { login, password } }),
    onSuccess: async () => {
      setPassword('');
      await welcome(queries);
      router.history.push(next);
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <FrontDoor title="Jackfield" lead="Sign in to see your vendor systems in one place.">
      <Stack>
        <ProblemNotice error={signIn.error} />
        {failed !== undefined && signIn.isIdle && (
          <Alert role="alert" color="red" title="The provider did not sign you in here">
            {REASONS[failed] ?? 'Something went wrong on the way.'}{' '}
            <b>Begin again; if it stays, ask an admin, who finds the reason in the audit and in the log.</b>
          </Alert>
        )}
        <form onSubmit={submit}>
          <Stack>
            <TextInput
              label="Login"
              name="login"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              withAsterisk={false}
              autoFocus
              value={login}
              onChange={(event) => setLogin(event.currentTarget.value)}
            />
            <PasswordInput
              label="Password"
              name="password"
              autoComplete="current-password"
              required
              withAsterisk={false}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Button type="submit" loading={signIn.isPending} fullWidth>
              Sign in
            </Button>
          </Stack>
        </form>
        {ways?.provider === true && (
          <>
            <Divider label="or" />
            <Button component="a" href={pathTo(['session', 'oidc'], { next })} variant="default" fullWidth>
              Sign in with your organisation
            </Button>
          </>
        )}
      </Stack>
    </FrontDoor>
  );
}
