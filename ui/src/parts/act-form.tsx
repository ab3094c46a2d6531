// A form that does one thing: what went wrong with it stands above its buttons.
import { Button, Group, Stack } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ProblemNotice } from './problem-notice.tsx';

interface ActFormProps {
  readonly act: Pick<UseMutationResult<unknown, Error, void>, 'mutate' | 'error' | 'isPending'>;
  /** On the button that does it. */
  readonly label?: string;
  readonly onCancel?: () => void;
  readonly cancelLabel?: string;
  /** Something that it needs is still missing, and no field says so. */
  readonly isIncomplete?: boolean;
  readonly children: ReactNode;
}

export function ActForm(props: ActFormProps) {
  const { act, label = 'Save', onCancel, cancelLabel = 'Cancel', isIncomplete = false, children } = props;
  return (
    <form
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        act.mutate();
      }}
    >
      <Stack>
        {children}
        <ProblemNotice error={act.error} />
        <Group justify="flex-end">
          {onCancel && (
            <Button variant="default" onClick={onCancel}>
              {cancelLabel}
            </Button>
          )}
          <Button type="submit" loading={act.isPending} disabled={isIncomplete}>
            {label}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
