import type { CheckReport, RepairView } from '@jackfield/host/answers';
import { Alert, Button, Group, Text } from '@mantine/core';
import IconTool from '@tabler/icons-react/icons/IconTool';
import { ask, type Method } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { useAct } from '../../parts/act.ts';
import { AppLink, LinkButton } from '../../parts/app-link.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { When } from '../../parts/when.tsx';

const TITLES: Readonly<Record<string, string>> = {
  auth_failed: 'The vendor refuses the credentials',
  permission_denied: 'The account lacks a right',
  config_invalid: 'The configuration does not fit',
  egress_denied: 'The address may not be called',
  gone: 'The vendor has no such thing any more',
  quarantined: 'The plugin keeps crashing here',
  sync_paused: 'A sync job waits for somebody',
  stream_changed: 'The table of a stream does not fit',
  expires_soon: 'Something expires soon',
};

interface RepairCardProps {
  readonly repair: RepairView;
  /** Where one page is about many of them. */
  readonly withInstance?: boolean;
}

/** What somebody has to put right, and the button that does it, or leads to where it is done. */
export function RepairCard({ repair, withInstance = false }: RepairCardProps) {
  const { code, detail, fix, openedAt, closedAt, closedWhy, instanceId, stream } = repair;
  const isOpen = closedAt === null;
  return (
    <Alert
      color={isOpen ? 'orange' : 'gray'}
      icon={<IconTool aria-hidden size={18} />}
      title={`${TITLES[code] ?? code}${stream === null ? '' : `: ${stream}`}`}
    >
      {withInstance && instanceId !== null && (
        <AppLink to="/instances/$id" params={{ id: instanceId }} fw={600}>
          {instanceId}
        </AppLink>
      )}
      <Text size="sm">{detail}</Text>
      <Text size="sm" fw={600} mt={4}>
        {isOpen ? fix.text : `Closed: ${closedWhy ?? ''}`}
      </Text>
      <Group mt="xs" gap="sm" justify="space-between">
        {isOpen ? <Fix repair={repair} /> : <span />}
        <Text size="xs" c="dimmed">
          {isOpen ? 'open since' : 'closed'} <When at={closedAt ?? openedAt} />
        </Text>
      </Group>
    </Alert>
  );
}

function Fix({ repair: { code, plugin, instanceId, fix } }: { readonly repair: RepairView }) {
  const mayChange = useMay('manager');
  const mayCheck = useMay('engineer');
  const isCheck = fix.method === 'POST' || code === 'auth_failed';
  const isJob = code === 'sync_paused';
  const fixing = useAct<void, Partial<CheckReport>>({
    act: () => {
      if (isJob) return ask(fix.method as Method, fix.path, { body: { enabled: true } });
      return ask('POST', `/api/instances/${encodeURIComponent(instanceId ?? '')}/check`);
    },
    changes: ['repairs', 'instances'],
    done: ({ ok, message }) =>
      isJob ? 'The job goes on.' : ok ? 'The connection works.' : (message ?? 'It still fails.'),
  });
  const settings = mayChange && instanceId !== null && !isJob && code !== 'quarantined' && code !== 'stream_changed';
  return (
    <Group gap="xs">
      {settings && (
        <LinkButton to="/instances/$id" params={{ id: instanceId }} search={{ tab: 'settings' }} size="xs">
          {code === 'auth_failed' ? 'Set new credentials' : 'Change the settings'}
        </LinkButton>
      )}
      {mayCheck && (isCheck || isJob) && instanceId !== null && (
        <Button size="xs" variant="default" loading={fixing.isPending} onClick={() => fixing.mutate()}>
          {isJob ? 'Let it go on' : 'Test the connection'}
        </Button>
      )}
      {code === 'stream_changed' && (
        <LinkButton to="/plugins/$plugin" params={{ plugin }} size="xs" variant="default">
          Look at the streams
        </LinkButton>
      )}
      <ProblemNotice error={fixing.error} />
    </Group>
  );
}
