import { Button, type ButtonProps } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';

interface ActButtonProps extends Pick<ButtonProps, 'color' | 'variant' | 'size' | 'disabled'> {
  readonly act: UseMutationResult<unknown, Error, void>;
  readonly children: string;
}

/** For what can be undone by the next click. */
export function ActButton({ act, children, ...button }: ActButtonProps) {
  return (
    <Button loading={act.isPending} onClick={() => act.mutate()} {...button}>
      {children}
    </Button>
  );
}
