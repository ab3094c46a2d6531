import { Button, Card, Text, TextInput } from '@mantine/core';
import IconPlus from '@tabler/icons-react/icons/IconPlus';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { clientNamesQuery, type DashboardSummary, dashboardsQuery } from '../../api/dashboards.ts';
import { useMay } from '../../api/session.ts';
import { AppLink } from '../../parts/app-link.tsx';
import { Asked } from '../../parts/asked.tsx';
import { Page } from '../../parts/page.tsx';
import { DashboardForm } from './dashboard-form.tsx';
import classes from './dashboards.module.css';

/** With more of them somebody looks for one by its name. */
const MANY = 8;
/** Cards that are shown at once. */
const PAGE = 48;

export function DashboardsPage() {
  const query = useQuery(dashboardsQuery);
  const mayMake = useMay('engineer');
  const [isMaking, setMaking] = useState(false);
  const [wanted, setWanted] = useState('');
  const [most, setMost] = useState(PAGE);
  return (
    <Page
      title="Dashboards"
      lead="What the vendors say, at a glance."
      actions={
        mayMake && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
            New dashboard
          </Button>
        )
      }
    >
      <DashboardForm opened={isMaking} onClose={() => setMaking(false)} />
      <Asked query={query}>
        {(dashboards) => (
          <>
            {dashboards.length > MANY && (
              <TextInput
                label="Find a dashboard"
                maw={320}
                value={wanted}
                onChange={(event) => setWanted(event.currentTarget.value)}
              />
            )}
            {dashboards.length === 0 && <Text c="dimmed">There is none yet.</Text>}
            <div className={classes['cards']}>
              {found(dashboards, wanted)
                .slice(0, most)
                .map((dashboard) => (
                  <DashboardCard key={dashboard.id} dashboard={dashboard} />
                ))}
            </div>
            {found(dashboards, wanted).length > most && (
              <Button variant="default" onClick={() => setMost(most + PAGE)} style={{ alignSelf: 'center' }}>
                Show more
              </Button>
            )}
          </>
        )}
      </Asked>
    </Page>
  );
}

function found(dashboards: readonly DashboardSummary[], wanted: string): readonly DashboardSummary[] {
  return dashboards.filter(({ title, description, clientId }) =>
    `${title} ${description ?? ''} ${clientId ?? ''}`.toLowerCase().includes(wanted.toLowerCase()),
  );
}

function DashboardCard({ dashboard: { id, title, description, clientId } }: { readonly dashboard: DashboardSummary }) {
  const { data: clients = [] } = useQuery(clientNamesQuery);
  const client = clients.find((one) => one.id === clientId)?.name;
  return (
    <Card withBorder padding="md">
      <AppLink to="/dashboards/$id" params={{ id }} fw={600} size="md">
        {title}
      </AppLink>
      <Text size="sm" c="dimmed">
        {client === undefined ? 'Of no client' : `About ${client}`}
      </Text>
      {description !== null && (
        <Text size="sm" lineClamp={2} mt={4}>
          {description}
        </Text>
      )}
    </Card>
  );
}
