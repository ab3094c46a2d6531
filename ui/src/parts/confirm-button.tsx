import { Button, type ButtonProps, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { UseMutationResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ProblemNotice } from './problem-notice.tsx';

interface ConfirmButtonProps extends Pick<ButtonProps, 'size' | 'variant' | 'color' | 'disabled' | 'leftSection'> {
  /** On the button, and on the one that does it. */
  readonly label: string;
  readonly title: string;
  /** What will happen, and what can be done about it afterwards. */
  readonly children: ReactNode;
  readonly act: UseMutationResult<unknown, Error, void>;
}

/** For what is not undone by the next click. */
export function ConfirmButton({ label, title, children, act, color = 'red', ...button }: ConfirmButtonProps) {
  const [isOpen, { open, close }] = useDisclosure();
  const begin = () => {
    act.reset();
    open();
  };
  return (
    <>
      <Button variant="light" color={color} {...button} onClick={begin}>
        {label}
      </Button>
      <Modal opened={isOpen} onClose={close} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack>
          <Text size="sm" component="div">
            {children}
          </Text>
          <ProblemNotice error={act.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button color={color} loading={act.isPending} onClick={() => act.mutate(undefined, { onSuccess: close })}>
              {label}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
