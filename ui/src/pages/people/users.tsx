import type { UserView } from '@jackfield/host/answers';
import { Button, Group, Modal, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ask, pathTo } from '../../api/client.ts';
import { usersQuery } from '../../api/people.ts';
import { useAct } from '../../parts/act.ts';
import { Asked } from '../../parts/asked.tsx';
import { ConfirmButton } from '../../parts/confirm-button.tsx';
import { SearchableTable } from '../../parts/data-table.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { When } from '../../parts/when.tsx';
import { UserForm } from './user-form.tsx';

const textOf = ({ login, name, role, clients }: UserView): string =>
  `${login} ${name} ${role} ${clients?.join(' ') ?? ''}`;

export function Users() {
  // The one that is changed; `new`: one that is not there yet.
  const [edited, setEdited] = useState<UserView | 'new' | null>(null);
  const close = () => setEdited(null);
  const users = useQuery(usersQuery);
  return (
    <Stack gap="sm">
      <Asked query={users}>
        {(all) => (
          <SearchableTable
            label="Users"
            rows={all}
            rowKey={({ id }) => id}
            textOf={textOf}
            empty="Nobody can sign in."
            filters={<Button onClick={() => setEdited('new')}>Add a user</Button>}
            columns={[
              { label: 'Name', cell: ({ name }) => name },
              { label: 'Login', cell: ({ login }) => login },
              { label: 'Role', cell: ({ role }) => role },
              { label: 'Clients', cell: ({ clients }) => clients?.join(', ') ?? 'all' },
              { label: 'State', cell: ({ enabled }) => <StateBadge state={enabled ? 'active' : 'disabled'} /> },
              { label: 'Last signed in', cell: ({ signedInAt }) => <When at={signedInAt} /> },
              {
                label: 'What can be done',
                isActions: true,
                cell: (user) => <Acts user={user} onEdit={() => setEdited(user)} />,
              },
            ]}
          />
        )}
      </Asked>
      <Modal
        opened={edited !== null}
        onClose={close}
        title={edited === 'new' || edited === null ? 'Add a user' : `Change ${edited.name}`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {edited !== null && <UserForm user={edited === 'new' ? undefined : edited} onDone={close} />}
      </Modal>
    </Stack>
  );
}

interface ActsProps {
  readonly user: UserView;
  readonly onEdit: () => void;
}

function Acts({ user: { id, name }, onEdit }: ActsProps) {
  const signOut = useAct({
    act: () => ask('DELETE', pathTo(['users', id, 'sessions'])),
    changes: ['users'],
    done: `${name} is signed out everywhere.`,
  });
  const remove = useAct({
    act: () => ask('DELETE', pathTo(['users', id])),
    changes: ['users'],
    done: `${name} is removed.`,
  });
  return (
    <Group gap={6} justify="flex-end" wrap="nowrap">
      <Button size="compact-xs" variant="default" onClick={onEdit} aria-label={`Change ${name}`}>
        Change
      </Button>
      <ConfirmButton label="Sign out" title={`Sign ${name} out?`} act={signOut} size="compact-xs" color="gray">
        Every session of theirs ends. They can sign in again.
      </ConfirmButton>
      <ConfirmButton label="Remove" title={`Remove ${name}?`} act={remove} size="compact-xs">
        They cannot sign in any more, and embed tokens that they made are good for nothing.
      </ConfirmButton>
    </Group>
  );
}
