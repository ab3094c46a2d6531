import type { ClientView } from '@jackfield/host/answers';
import { Button, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { clientsQuery } from '../../api/clients.ts';
import { instancesQuery } from '../../api/instances.ts';
import { useMay, useSession } from '../../api/session.ts';
import { AppLink } from '../../parts/app-link.tsx';
import { Asked } from '../../parts/asked.tsx';
import { SearchableTable } from '../../parts/data-table.tsx';
import { Page } from '../../parts/page.tsx';
import { ClientForm } from './client-form.tsx';

const textOf = ({ id, name, timeZone }: ClientView): string => `${id} ${name} ${timeZone}`;

export function ClientsPage() {
  const clients = useQuery(clientsQuery);
  const { data: instances = [] } = useQuery(instancesQuery);
  const [isOpen, { open, close }] = useDisclosure();
  const mayManage = useMay('manager');
  const mayAdd = useSession().clients === null && mayManage;
  return (
    <Page
      title="Clients"
      lead="Whom the instances are for. Their parameters fill queries and widgets."
      actions={mayAdd && <Button onClick={open}>Add a client</Button>}
    >
      <Asked query={clients}>
        {(all) => (
          <SearchableTable
            label="Clients"
            rows={all}
            rowKey={({ id }) => id}
            textOf={textOf}
            empty="There is no client yet."
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
    </Page>
  );
}
