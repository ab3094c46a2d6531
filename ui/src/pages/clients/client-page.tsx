import type { ClientView } from '@jackfield/host/answers';
import { Button, Modal, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ask, pathTo } from '../../api/client.ts';
import { clientQuery } from '../../api/clients.ts';
import { instancesQuery } from '../../api/instances.ts';
import { useMay } from '../../api/session.ts';
import { useAct } from '../../parts/act.ts';
import { AppLink, LinkButton } from '../../parts/app-link.tsx';
import { Asked } from '../../parts/asked.tsx';
import { AskedPage } from '../../parts/asked-page.tsx';
import { ConfirmButton } from '../../parts/confirm-button.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Page } from '../../parts/page.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { Section } from '../../parts/section.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { ClientForm } from './client-form.tsx';
import { Contracts } from './contracts.tsx';
import { Parameters } from './parameters.tsx';
import { ClientDashboards } from './client-dashboards.tsx';

const route = getRouteApi('/shell/clients/$id');

export function ClientPage() {
  const { id } = route.useParams();
  return (
    <AskedPage title="Client" query={useQuery(clientQuery(id))}>
      {(client) => <OneClient client={client} />}
    </AskedPage>
  );
}

function OneClient({ client }: { readonly client: ClientView }) {
  const { id, name, timeZone } = client;
  const [isChanging, form] = useDisclosure();
  const mayManage = useMay('manager');
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const remove = useAct({
    act: () => ask('DELETE', pathTo(['clients', id])),
    changes: [],
    done: `“${name}” is removed.`,
    after: () => navigate({ to: '/clients' }),
  });
  return (
    <Page
      title={name}
      lead={`${id} · ${timeZone}`}
      actions={
        mayManage && (
          <>
            <Button variant="default" onClick={form.open}>
              Change
            </Button>
            <ConfirmButton label="Remove" title={`Remove “${name}”?`} act={remove}>
              Its parameters and contracts go with it. It is refused while instances belong to it.
            </ConfirmButton>
          </>
        )
      }
    >
      <Modal
        opened={isChanging}
        onClose={form.close}
        title={`Change “${name}”`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <ClientForm client={client} onDone={form.close} />
      </Modal>
      <PageTabs
        value={tab}
        onChange={(value) => void navigate({ search: { tab: value } })}
        tabs={[
          { value: 'overview', label: 'Overview', content: () => <Overview clientId={id} /> },
          { value: 'parameters', label: 'Parameters', content: () => <Parameters clientId={id} /> },
          { value: 'contracts', label: 'Contracts', content: () => <Contracts clientId={id} /> },
        ]}
      />
    </Page>
  );
}

function Overview({ clientId }: { readonly clientId: string }) {
  const mayManage = useMay('manager');
  return (
    <Stack>
      <Section
        title="Instances"
        actions={
          mayManage && (
            <LinkButton to="/instances/new" size="xs" variant="light">
              Connect a system
            </LinkButton>
          )
        }
      >
        <Asked query={useQuery(instancesQuery)}>
          {(instances) => (
            <DataTable
              label="Instances of the client"
              rows={instances.filter((instance) => instance.clientId === clientId)}
              rowKey={(instance) => instance.id}
              empty="No instance belongs to it."
              columns={[
                {
                  label: 'Instance',
                  cell: (instance) => (
                    <AppLink to="/instances/$id" params={{ id: instance.id }}>
                      {instance.name}
                    </AppLink>
                  ),
                },
                { label: 'Plugin', cell: ({ plugin }) => plugin },
                {
                  label: 'Health',
                  cell: ({ enabled, health }) => <StateBadge state={enabled ? health : 'disabled'} />,
                },
              ]}
            />
          )}
        </Asked>
      </Section>
      <ClientDashboards clientId={clientId} />
    </Stack>
  );
}
