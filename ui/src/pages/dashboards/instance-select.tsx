// Which instances a widget shows: all of its plugin, those of a client, or some of them.
import { MultiSelect, Select, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { clientNamesQuery, instanceNamesQuery, type Selection } from '../../api/dashboards.ts';
import { useSession } from '../../api/session.ts';

interface InstanceSelectProps {
  readonly plugin: string;
  readonly value: Selection;
  readonly onChange: (value: Selection) => void;
}

const KINDS = [
  { value: 'all', label: 'All instances of the plugin, now and later' },
  { value: 'client', label: 'Those of one client, now and later' },
  { value: 'some', label: 'These' },
];

export function InstanceSelect({ plugin, value, onChange }: InstanceSelectProps) {
  const { data: instances = [] } = useQuery(instanceNamesQuery);
  const { data: clients = [] } = useQuery(clientNamesQuery);
  const { clients: own } = useSession();
  const kind = value === 'all' ? 'all' : 'clientId' in value ? 'client' : 'some';
  const choose = (next: string | null): void => {
    if (next === 'all') onChange('all');
    else if (next === 'client') onChange({ clientId: clients[0]?.id ?? '' });
    else onChange([]);
  };
  return (
    <Stack gap="xs">
      <Select
        label="Instances"
        allowDeselect={false}
        data={own === null ? KINDS : KINDS.filter((one) => one.value !== 'all')}
        value={kind}
        onChange={choose}
      />
      {value !== 'all' && 'clientId' in value && (
        <Select
          label="Client"
          allowDeselect={false}
          searchable
          data={clients.map(({ id, name }) => ({ value: id, label: name }))}
          value={value.clientId}
          onChange={(id) => onChange({ clientId: id ?? '' })}
        />
      )}
      {kind === 'some' && (
        <MultiSelect
          label="Which"
          searchable
          data={instances.filter((one) => one.plugin === plugin).map(({ id, name }) => ({ value: id, label: name }))}
          value={[...(value as readonly string[])]}
          onChange={onChange}
        />
      )}
    </Stack>
  );
}

/** Whether it says of whom. */
export function isChosen(value: Selection): boolean {
  if (value === 'all') return true;
  return 'clientId' in value ? value.clientId !== '' : value.length > 0;
}
