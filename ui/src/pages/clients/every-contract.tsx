// The contracts of all clients, the next to end first.
import type { ContractView } from '@jackfield/host/answers';
import { Button, Modal, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { ask } from '../../api/client.ts';
import { clientsQuery } from '../../api/clients.ts';
import { useMay, useSession } from '../../api/session.ts';
import { AppLink } from '../../parts/app-link.tsx';
import { Asked } from '../../parts/asked.tsx';
import { SearchableTable } from '../../parts/data-table.tsx';
import { ImportContracts } from './import-contracts.tsx';

export function EveryContract() {
  const [isOpen, { open, close }] = useDisclosure();
  const { data: clients = [] } = useQuery(clientsQuery);
  const names = new Map(clients.map(({ id, name }) => [id, name]));
  const isOfAll = useSession().clients === null;
  const mayImport = useMay('manager') && isOfAll;
  const contracts = useQuery({
    queryKey: ['contracts'],
    queryFn: async ({ signal }) =>
      (await ask<{ contracts: readonly ContractView[] }>('GET', '/api/contracts', { signal })).contracts,
  });
  return (
    <Stack gap="sm">
      <Asked query={contracts}>
        {(found) => (
          <SearchableTable
            label="Contracts"
            rows={found}
            rowKey={({ id }) => id}
            textOf={({ name, clientId, reference, endsOn }) =>
              `${name} ${clientId} ${names.get(clientId) ?? ''} ${reference ?? ''} ${endsOn}`
            }
            empty="There is no contract yet."
            filters={mayImport && <Button onClick={open}>Import a CSV file</Button>}
            columns={[
              { label: 'Ends', cell: ({ endsOn }) => <time dateTime={endsOn}>{endsOn}</time> },
              { label: 'Contract', cell: ({ name }) => name },
              {
                label: 'Client',
                cell: ({ clientId }) => (
                  <AppLink to="/clients/$id" params={{ id: clientId }} search={{ tab: 'contracts' }}>
                    {names.get(clientId) ?? clientId}
                  </AppLink>
                ),
              },
              { label: 'Reference', cell: ({ reference }) => reference ?? '' },
            ]}
          />
        )}
      </Asked>
      <Modal
        opened={isOpen}
        onClose={close}
        size="lg"
        title="Import contracts"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <ImportContracts onDone={close} />
      </Modal>
    </Stack>
  );
}
