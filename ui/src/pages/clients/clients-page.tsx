import type { ClientView } from '@jackfield/host/answers';
import { Button, Modal, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { clientsQuery } from '../../api/clients.ts';
import { instancesQuery } from '../../api/instances.ts';
import { useMay, useSession } from '../../api/session.ts';
import { AppLink } from '../../parts/app-link.tsx';
import { Asked } from '../../parts/asked.tsx';
import { SearchableTable } from '../../parts/data-table.tsx';
import { Page } from '../../parts/page.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { ClientForm } from './client-form.tsx';
import { EveryContract } from './every-contract.tsx';

const route = getRouteApi('/shell/clients');

const textOf = ({ id, name, timeZone }: ClientView): string => `${id} ${name} ${timeZone}`;

const TABS = [
  { value: 'clients', label: 'Clients', content: () => <EveryClient /> },
  { value: 'contracts', label: 'Contracts', content: () => <EveryContract /> },
];

export function ClientsPage() {
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Page title="Clients" lead="Whom the instances are for. Their parameters fill queries and widgets.">
      <PageTabs value={tab} onChange={(value) => void navigate({ search: { tab: value } })} tabs={TABS} />
    </Page>
  );
}

function EveryClient() {
  const clients = useQuery(clientsQuery);
  const { data: instances = [] } = useQuery(instancesQuery);
  const [isOpen, { open, close }] = useDisclosure();
  const isOfAll = useSession().clients === null;
  const mayAdd = useMay('manager') && isOfAll;
  return (
    <Stack gap="sm">
      <Asked query={clients}>
        {(all) => (
          <SearchableTable
            label="Clients"
            rows={all}
            rowKey={({ id }) => id}
            textOf={textOf}
            empty="There is no client yet."
            filters={mayAdd && <Button onClick={open}>Add a client</Button>}
            columns={[
              {
                label: 'Client',
                cell: ({ id, name }) => (
                  <AppLink to="/clients/$id" params={{ id }} fw={500}>
                    {name}
                  </AppLink>
                ),
              },
              { label: 'Id', cell: ({ id }) => <code>{id}</code> },
              { label: 'Time zone', cell: ({ timeZone }) => timeZone },
              { label: 'Instances', cell: ({ id }) => instances.filter(({ clientId }) => clientId === id).length },
            ]}
          />
        )}
      </Asked>
      <Modal opened={isOpen} onClose={close} title="Add a client" closeButtonProps={{ 'aria-label': 'Close' }}>
        <ClientForm onDone={close} />
      </Modal>
    </Stack>
  );
}
