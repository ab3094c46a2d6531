// What stands in the place of a page that is loading, has failed or is not there.
import { Anchor, Center, Loader, Stack, Text, Title } from '@mantine/core';
import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { ProblemNotice } from './problem-notice.tsx';

export function PagePending() {
  return (
    <Center mih="40vh">
      <Loader aria-label="Loading" />
    </Center>
  );
}

export function PageFailure({ error, reset }: ErrorComponentProps) {
  return (
    <Stack p="lg" maw={720}>
      <Title order={1}>This page cannot be shown</Title>
      <ProblemNotice error={error} onRetry={reset} />
    </Stack>
  );
}

export function PageMissing() {
  return (
    <Stack p="lg" maw={720}>
      <Title order={1}>There is no such page</Title>
      <Text>The link may be old, or the thing it led to was removed.</Text>
      <Anchor component={Link} to="/">
        Go to the first page
      </Anchor>
    </Stack>
  );
}
