import type { TokenView } from '@jackfield/host/answers';
import { Button, Modal, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { ask, pathTo } from '../../api/client.ts';
import { tokensQuery } from '../../api/people.ts';
import { useAct } from '../../parts/act.ts';
import { Asked } from '../../parts/asked.tsx';
import { ConfirmButton } from '../../parts/confirm-button.tsx';
import { SearchableTable } from '../../parts/data-table.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { When } from '../../parts/when.tsx';
import { TokenForm } from './token-form.tsx';

const textOf = ({ name, role, clients }: TokenView): string => `${name} ${role} ${clients?.join(' ') ?? ''}`;

export function Tokens() {
  const [isOpen, { open, close }] = useDisclosure();
  const tokens = useQuery(tokensQuery);
  return (
    <Stack gap="sm">
      <Asked query={tokens}>
        {(all) => (
          <SearchableTable
            label="Tokens"
            rows={all}
            rowKey={({ id }) => id}
            textOf={textOf}
            empty="No program has a token."
            filters={<Button onClick={open}>Make a token</Button>}
            columns={[
              { label: 'Name', cell: ({ name }) => name },
              { label: 'Role', cell: ({ role }) => role },
              { label: 'Clients', cell: ({ clients }) => clients?.join(', ') ?? 'all' },
              { label: 'State', cell: (token) => <StateBadge state={stateOf(token)} /> },
              { label: 'Good until', cell: ({ expiresAt }) => <When at={expiresAt} none="it is revoked" /> },
              { label: 'Last used', cell: ({ lastUsedAt }) => <When at={lastUsedAt} /> },
              {
                label: 'Revoke',
                isActions: true,
                cell: (token) => stateOf(token) === 'active' && <Revoke token={token} />,
              },
            ]}
          />
        )}
      </Asked>
      <Modal opened={isOpen} onClose={close} title="Make a token" closeButtonProps={{ 'aria-label': 'Close' }}>
        <TokenForm onDone={close} />
      </Modal>
    </Stack>
  );
}

function stateOf({ revokedAt, expiresAt }: TokenView): string {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && Date.parse(expiresAt) < Date.now() ? 'expired' : 'active';
}

function Revoke({ token: { id, name } }: { readonly token: TokenView }) {
  const revoke = useAct({
    act: () => ask('DELETE', pathTo(['tokens', id])),
    changes: ['tokens'],
    done: `“${name}” is revoked.`,
  });
  return (
    <ConfirmButton label="Revoke" title={`Revoke “${name}”?`} act={revoke} size="compact-xs">
      Whatever uses it is turned away within five seconds. Nothing makes it good again.
    </ConfirmButton>
  );
}
