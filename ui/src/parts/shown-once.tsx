import { Alert, Button, Code, CopyButton, Group, Stack } from '@mantine/core';

interface ShownOnceProps {
  readonly text: string;
  readonly onClose: () => void;
}

/** A secret that the host has just made: nowhere when the window is closed. */
export function ShownOnce({ text, onClose }: ShownOnceProps) {
  return (
    <Stack>
      <Alert color="yellow" title="Copy it now">
        It is shown this once. Only its hash is kept.
      </Alert>
      <Code block>{text}</Code>
      <Group justify="flex-end">
        <CopyButton value={text}>
          {({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy'}</Button>}
        </CopyButton>
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
      </Group>
    </Stack>
  );
}
