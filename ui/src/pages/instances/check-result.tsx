import { Alert, List, Loader, Group, Text } from '@mantine/core';
import IconCircleCheck from '@tabler/icons-react/icons/IconCircleCheck';
import { ProblemError } from '../../api/client.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { duration } from '../../parts/time.ts';
import { When } from '../../parts/when.tsx';
import type { Check } from './use-check.ts';

/** What the test of a connection found. */
export function CheckResult({ check: { isPending, report } }: { readonly check: Check }) {
  if (isPending)
    return (
      <Group gap="sm" role="status">
        <Loader size="sm" />
        <Text size="sm">Asking the vendor …</Text>
      </Group>
    );
  if (report === undefined) return null;
  const { ok, message, elapsedMs, vendorCalls, warnings = [], expires = [], problem } = report;
  if (!ok && problem !== undefined) return <ProblemNotice error={new ProblemError(problem)} />;
  return (
    <Alert
      role="status"
      color={ok ? 'green' : 'red'}
      title={ok ? 'The connection works' : 'The connection does not work'}
      icon={<IconCircleCheck aria-hidden size={18} />}
    >
      <Text size="sm">{message}</Text>
      <List size="sm" mt={4}>
        {warnings.map((warning) => (
          <List.Item key={warning}>{warning}</List.Item>
        ))}
        {expires.map(({ what, at }) => (
          <List.Item key={what}>
            {what} expires <When at={at} />
          </List.Item>
        ))}
      </List>
      <Text size="xs" c="dimmed" mt={4}>
        {vendorCalls === 1 ? '1 call' : `${vendorCalls} calls`} in {duration(elapsedMs)}
      </Text>
    </Alert>
  );
}
