import type { ClientParameters } from '@jackfield/host/answers';
import { ActionIcon, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import IconTrash from '@tabler/icons-react/icons/IconTrash';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ask, pathTo } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { useAct } from '../../parts/act.ts';
import { Asked } from '../../parts/asked.tsx';
import { Facts } from '../../parts/facts.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Section } from '../../parts/section.tsx';

/** Values of a client that queries and widgets name. */
export function Parameters({ clientId }: { readonly clientId: string }) {
  const mayChange = useMay('manager');
  const parameters = useQuery({
    queryKey: ['clients', clientId, 'parameters'],
    queryFn: ({ signal }) => ask<ClientParameters>('GET', pathTo(['clients', clientId, 'parameters']), { signal }),
  });
  return (
    <Section title="Parameters" lead={<>Queries and widgets name them: {'${client.name}'}.</>}>
      <Asked query={parameters}>
        {(values) =>
          mayChange ? (
            <ParametersForm key={JSON.stringify(values)} clientId={clientId} values={values} />
          ) : (
            <Facts facts={Object.entries(values).map(([name, value]) => [name, textOf(value)])} />
          )
        }
      </Asked>
    </Section>
  );
}

interface Entry {
  readonly key: number;
  readonly name: string;
  readonly text: string;
}

interface ParametersFormProps {
  readonly clientId: string;
  readonly values: ClientParameters;
}

function ParametersForm({ clientId, values }: ParametersFormProps) {
  const [entries, setEntries] = useState<readonly Entry[]>(() =>
    Object.entries(values).map(([name, value], key) => ({ key, name, text: textOf(value) })),
  );
  const save = useAct({
    act: () => {
      const body = Object.fromEntries(entries.map(({ name, text }) => [name, valueOf(text)]));
      return ask('PUT', pathTo(['clients', clientId, 'parameters']), { body });
    },
    changes: ['clients', 'widgets'],
    done: 'The parameters are saved.',
  });
  const change = (key: number, part: Partial<Entry>) =>
    setEntries((before) => before.map((entry) => (entry.key === key ? { ...entry, ...part } : entry)));
  return (
    <Stack gap="xs">
      {entries.length === 0 && (
        <Text size="sm" c="dimmed">
          There is none yet.
        </Text>
      )}
      {entries.map(({ key, name, text }, index) => (
        <Group key={key} gap="xs" wrap="nowrap" maw={640}>
          <TextInput
            aria-label={`Name of parameter ${index + 1}`}
            placeholder="name"
            value={name}
            onChange={(event) => change(key, { name: event.currentTarget.value })}
          />
          <TextInput
            aria-label={`Value of parameter ${index + 1}`}
            placeholder="value"
            flex={1}
            value={text}
            onChange={(event) => change(key, { text: event.currentTarget.value })}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Remove ${name === '' ? `parameter ${index + 1}` : name}`}
            onClick={() => setEntries((before) => before.filter((entry) => entry.key !== key))}
          >
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
      <ProblemNotice error={save.error} />
      <Group>
        <Button
          variant="default"
          size="xs"
          onClick={() =>
            setEntries((before) => [
              ...before,
              { key: Math.max(-1, ...before.map(({ key }) => key)) + 1, name: '', text: '' },
            ])
          }
        >
          Add a parameter
        </Button>
        <Button size="xs" loading={save.isPending} onClick={() => save.mutate()}>
          Save
        </Button>
      </Group>
    </Stack>
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What is written as JSON is meant as it: a number, a list. Everything else is text. */
function valueOf(text: string): unknown {
  if (!/^(-?\d|true$|false$|\[|")/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
