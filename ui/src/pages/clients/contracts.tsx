import type { ContractView } from '@jackfield/host/answers';
import { Button, Group, Modal, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ask, pathTo } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { useAct } from '../../parts/act.ts';
import { Asked } from '../../parts/asked.tsx';
import { ConfirmButton } from '../../parts/confirm-button.tsx';
import { SearchableTable } from '../../parts/data-table.tsx';
import { Section } from '../../parts/section.tsx';
import { ContractForm } from './contract-form.tsx';
import { Reminders } from './reminders.tsx';

const textOf = ({ name, reference, endsOn }: ContractView): string => `${name} ${reference ?? ''} ${endsOn}`;

export function Contracts({ clientId }: { readonly clientId: string }) {
  const mayChange = useMay('manager');
  // The one that is changed; `new`: one that is not there yet.
  const [edited, setEdited] = useState<ContractView | 'new' | null>(null);
  const close = () => setEdited(null);
  const contracts = useQuery({
    queryKey: ['clients', clientId, 'contracts'],
    queryFn: async ({ signal }) => {
      const path = pathTo(['clients', clientId, 'contracts']);
      return (await ask<{ contracts: readonly ContractView[] }>('GET', path, { signal })).contracts;
    },
  });
  return (
    <Stack>
      <Section
        title="Contracts"
        lead="The next to end first. Reminders are sent before they do."
        actions={
          mayChange && (
            <Button size="xs" variant="light" onClick={() => setEdited('new')}>
              Add a contract
            </Button>
          )
        }
      >
        <Asked query={contracts}>
          {(found) => (
            <SearchableTable
              label="Contracts"
              rows={found}
              rowKey={({ id }) => id}
              textOf={textOf}
              empty="It has no contract."
              columns={[
                { label: 'Contract', cell: ({ name }) => name },
                { label: 'From', cell: ({ startsOn }) => startsOn ?? '' },
                { label: 'Ends', cell: ({ endsOn }) => <time dateTime={endsOn}>{endsOn}</time> },
                { label: 'Reference', cell: ({ reference }) => reference ?? '' },
                {
                  label: 'What can be done',
                  isActions: true,
                  cell: (contract) =>
                    mayChange && (
                      <Group gap={6} justify="flex-end" wrap="nowrap">
                        <Button
                          size="compact-xs"
                          variant="default"
                          aria-label={`Change ${contract.name}`}
                          onClick={() => setEdited(contract)}
                        >
                          Change
                        </Button>
                        <RemoveContract contract={contract} />
                      </Group>
                    ),
                },
              ]}
            />
          )}
        </Asked>
      </Section>
      <Modal
        opened={edited !== null}
        onClose={close}
        title={edited === 'new' ? 'Add a contract' : 'Change the contract'}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {edited !== null && (
          <ContractForm clientId={clientId} contract={edited === 'new' ? undefined : edited} onDone={close} />
        )}
      </Modal>
      <Reminders clientId={clientId} />
    </Stack>
  );
}

function RemoveContract({ contract: { id, clientId, name } }: { readonly contract: ContractView }) {
  const remove = useAct({
    act: () => ask('DELETE', pathTo(['clients', clientId, 'contracts', id])),
    changes: ['clients', 'reminders'],
    done: `“${name}” is removed.`,
  });
  return (
    <ConfirmButton label="Remove" title={`Remove “${name}”?`} act={remove} size="compact-xs">
      Reminders of it that are not sent yet are dropped.
    </ConfirmButton>
  );
}
