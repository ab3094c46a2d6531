import type { DashboardSummary } from '@jackfield/host/answers';
import { Button, Group, Select, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { ask, pathTo } from '../../api/client.ts';
import { dashboardQuery } from '../../api/dashboards.ts';
import { useMay } from '../../api/session.ts';
import { LinkButton } from '../../parts/app-link.tsx';
import { Asked } from '../../parts/asked.tsx';
import { PagePending } from '../../parts/page-states.tsx';
import { Section } from '../../parts/section.tsx';
import { DashboardForm } from '../dashboards/dashboard-form.tsx';

const Grid = lazy(async () => ({ default: (await import('../dashboards/grid.tsx')).Grid }));

/** What dashboards say of a client: its widgets in its context, one dashboard at a time. */
export function ClientDashboards({ clientId }: { readonly clientId: string }) {
  const dashboards = useQuery({
    queryKey: ['dashboards', 'of', clientId],
    queryFn: async ({ signal }) => {
      const path = pathTo(['dashboards'], { client: clientId });
      return (await ask<{ dashboards: readonly DashboardSummary[] }>('GET', path, { signal })).dashboards;
    },
  });
  return (
    <Asked query={dashboards}>
      {(found) => (found.length === 0 ? <None clientId={clientId} /> : <Shown dashboards={found} />)}
    </Asked>
  );
}

function None({ clientId }: { readonly clientId: string }) {
  const mayMake = useMay('engineer');
  const [isMaking, { open, close }] = useDisclosure();
  return (
    <Section
      title="Widgets"
      actions={
        mayMake && (
          <Button size="xs" variant="light" onClick={open}>
            New dashboard
          </Button>
        )
      }
    >
      <DashboardForm opened={isMaking} onClose={close} about={clientId} />
      <Text size="sm" c="dimmed">
        No dashboard is about it.
      </Text>
    </Section>
  );
}

function Shown({ dashboards }: { readonly dashboards: readonly DashboardSummary[] }) {
  const [chosen, choose] = useState<string>();
  const id = dashboards.find((one) => one.id === chosen)?.id ?? dashboards[0]?.id ?? '';
  const dashboard = useQuery(dashboardQuery(id));
  return (
    <Section
      title="Widgets"
      actions={
        <Group gap="xs">
          {dashboards.length > 1 && (
            <Select
              aria-label="Dashboard"
              size="xs"
              allowDeselect={false}
              data={dashboards.map(({ id, title }) => ({ value: id, label: title }))}
              value={id}
              onChange={(value) => choose(value ?? id)}
            />
          )}
          <LinkButton to="/dashboards/$id" params={{ id }} size="xs" variant="light">
            Open the dashboard
          </LinkButton>
        </Group>
      }
    >
      <Asked query={dashboard}>
        {({ widgets }) => (
          <Suspense fallback={<PagePending />}>
            {widgets.length === 0 ? (
              <Text size="sm" c="dimmed">
                There is no widget on it yet.
              </Text>
            ) : (
              <Grid key={id} widgets={widgets} />
            )}
          </Suspense>
        )}
      </Asked>
    </Section>
  );
}
