import { Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import icon from '../../icon.svg';
import classes from './front-door.module.css';

interface FrontDoorProps {
  readonly title: string;
  readonly lead: string;
  readonly children: ReactNode;
}

/** The frame of the pages that people see before they are signed in. */
export function FrontDoor({ title, lead, children }: FrontDoorProps) {
  return (
    <main className={classes['door']}>
      <Stack w="100%" maw={400} gap="lg">
        <Stack gap="xs" align="center">
          <img src={icon} alt="" width={48} height={48} />
          <Title order={1} size="h2">
            {title}
          </Title>
          <Text c="dimmed" ta="center">
            {lead}
          </Text>
        </Stack>
        <Paper withBorder p="lg" radius="lg">
          {children}
        </Paper>
      </Stack>
    </main>
  );
}
