import { Button, Menu, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import IconChevronDown from '@tabler/icons-react/icons/IconChevronDown';
import IconKey from '@tabler/icons-react/icons/IconKey';
import IconLogout from '@tabler/icons-react/icons/IconLogout';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ask } from '../api/client.ts';
import { useSession } from '../api/session.ts';
import { PasswordForm } from './password-form.tsx';

export function PersonMenu() {
  const { kind, name, role } = useSession();
  const [isChanging, password] = useDisclosure();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const signOut = useMutation({
    mutationFn: () => ask('DELETE', '/api/session'),
    onSettled: async () => {
      await navigate({ to: '/sign-in' });
      queries.clear();
    },
  });
  return (
    <>
      <Modal
        opened={isChanging}
        onClose={password.close}
        title="Change the password"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <PasswordForm onDone={password.close} />
      </Modal>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <Button variant="subtle" color="gray" rightSection={<IconChevronDown size={16} aria-hidden />} px="xs">
            {name}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Text size="xs" c="dimmed" px="sm" py={6}>
            Signed in as {role}
          </Text>
          {kind === 'user' && (
            <Menu.Item leftSection={<IconKey size={16} aria-hidden />} onClick={password.open}>
              Change the password
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => signOut.mutate()}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
