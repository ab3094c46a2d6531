// One form for a new connection and for one that is there. Its secrets are in it until it is sent, and nowhere afterwards.
import type { InstanceView, PluginDetails } from '@jackfield/host/answers';
import { Button, Group, Select, Stack, Switch, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { ask, pathTo, toProblem } from '../../api/client.ts';
import { clientsQuery } from '../../api/clients.ts';
import { checkDraft } from '../../api/instances.ts';
import type { FormData } from '../../forms/form-context.ts';
import { SchemaForm } from '../../forms/schema-form.tsx';
import { fieldsOfOthers, wayOf, waysOf } from '../../forms/sign-in-ways.ts';
import { useAct } from '../../parts/act.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { CheckResult } from './check-result.tsx';
import { useCheck } from './use-check.ts';

interface InstanceFormProps {
  readonly plugin: PluginDetails;
  readonly instance?: InstanceView;
  readonly onSaved: (saved: InstanceView) => void;
}

export function InstanceForm({ plugin, instance, onSaved }: InstanceFormProps) {
  const { data: clients = [] } = useQuery(clientsQuery);
  const [name, setName] = useState(instance?.name ?? '');
  const [clientId, setClientId] = useState(instance?.clientId ?? null);
  const [enabled, setEnabled] = useState(instance?.enabled ?? true);
  const [config, setConfig] = useState<FormData>({ ...instance?.config });
  const secretsSet = useMemo(() => instance?.secretsSet ?? [], [instance]);
  const ways = useMemo(() => waysOf(plugin), [plugin]);
  const [way, setWay] = useState(() => wayOf(ways, new Set([...Object.keys(instance?.config ?? {}), ...secretsSet])));
  const hidden = fieldsOfOthers(ways, way);
  const sent = (): FormData => sentOf(config, { ...instance?.config }, secretsSet, hidden);

  const check = useCheck((signal) =>
    checkDraft(
      instance === undefined
        ? { plugin: plugin.name ?? '', config: withoutNulls(sent()) }
        : { instanceId: instance.id, config: sent() },
      signal,
    ),
  );
  const save = useAct<void, InstanceView>({
    act: () =>
      instance === undefined
        ? ask('POST', '/api/instances', {
            body: {
              plugin: plugin.name,
              name,
              config: withoutNulls(sent()),
              ...(clientId === null ? {} : { clientId }),
            },
          })
        : ask('PATCH', pathTo(['instances', instance.id]), {
            body: { name, clientId, enabled, config: sent() },
            headers: { 'if-match': `"${instance.revision}"` },
          }),
    changes: ['instances', 'repairs'],
    done: ({ name }) => `“${name}” is saved.`,
    after: onSaved,
  });
  // One at a time: what is said belongs to what was done last.
  const error = save.error ?? check.error;
  const problem = error === null ? undefined : toProblem(error);
  return (
    <SchemaForm
      label="Connection"
      schema={plugin.config ?? {}}
      value={config}
      onChange={setConfig}
      onSubmit={() => {
        check.reset();
        save.mutate();
      }}
      hidden={hidden}
      secretsSet={secretsSet}
      references={instance?.secretReferences ?? {}}
      problem={problem}
      at="/config"
      before={
        <Stack>
          <TextInput
            label="Name"
            description="What people call this connection."
            required
            maxLength={120}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label="Client"
            description="Whose it is. Only people of this client, and those of all, see it."
            placeholder="None"
            data={clients.map(({ id, name }) => ({ value: id, label: name }))}
            value={clientId}
            onChange={setClientId}
            searchable
            clearable
            clearButtonProps={{ 'aria-label': 'No client' }}
          />
          {instance !== undefined && (
            <Switch
              label="Switched on"
              description="Switched off, it asks its vendor nothing. Everything else stays."
              checked={enabled}
              onChange={(event) => setEnabled(event.currentTarget.checked)}
            />
          )}
          {ways.length > 1 && (
            <Select
              label="How it signs in"
              description="The vendor takes any of these."
              data={ways.map(({ label }, index) => ({ value: String(index), label }))}
              value={String(way)}
              onChange={(value) => setWay(Number(value ?? way))}
              allowDeselect={false}
            />
          )}
        </Stack>
      }
    >
      <Stack mt="md">
        <ProblemNotice error={error} withoutFields={problem?.errors?.some(({ pointer }) => pointer !== '') === true} />
        <CheckResult check={check} />
        <Group>
          <Button type="submit" loading={save.isPending}>
            {instance === undefined ? 'Save and connect' : 'Save'}
          </Button>
          {check.isPending ? (
            <Button variant="default" onClick={check.cancel}>
              Cancel the test
            </Button>
          ) : (
            <Button
              variant="default"
              onClick={() => {
                save.reset();
                check.start();
              }}
            >
              Test the connection
            </Button>
          )}
        </Group>
      </Stack>
    </SchemaForm>
  );
}

/** The whole config, with null for what was there and is not any more. A secret that is left out is kept. */
function sentOf(
  config: FormData,
  before: FormData,
  secretsSet: readonly string[],
  hidden: ReadonlySet<string>,
): FormData {
  const shown = Object.entries(config).filter(([field, value]) => value !== undefined && !hidden.has(field));
  const gone = Object.keys(before).filter((field) => !shown.some(([name]) => name === field));
  const unused = secretsSet.filter((field) => hidden.has(field));
  return { ...Object.fromEntries([...gone, ...unused].map((field) => [field, null])), ...Object.fromEntries(shown) };
}

function withoutNulls(config: FormData): FormData {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
}
