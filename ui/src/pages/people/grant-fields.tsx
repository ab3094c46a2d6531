import type { Role } from '@jackfield/host/answers';
import { MultiSelect, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { clientsQuery } from '../../api/clients.ts';

export interface Grant {
  readonly role: Role;
  /** Null: all. */
  readonly clients: readonly string[] | null;
}

const ROLES: readonly { readonly value: Role; readonly label: string }[] = [
  { value: 'user', label: 'user: sees dashboards, runs queries' },
  { value: 'engineer', label: 'engineer: builds dashboards, runs jobs' },
  { value: 'manager', label: 'manager: connects systems, manages clients' },
  { value: 'admin', label: 'admin: everything' },
];

interface GrantFieldsProps {
  readonly grant: Grant;
  readonly onChange: (grant: Grant) => void;
}

/** What somebody may do, and with whose things. */
export function GrantFields({ grant: { role, clients }, onChange }: GrantFieldsProps) {
  const { data = [] } = useQuery(clientsQuery);
  return (
    <>
      <Select
        label="Role"
        data={ROLES}
        value={role}
        onChange={(value) => onChange({ role: ROLES.find((one) => one.value === value)?.value ?? role, clients })}
        allowDeselect={false}
      />
      <MultiSelect
        label="Limited to clients"
        description="Left empty, they see the things of all."
        data={data.map(({ id, name }) => ({ value: id, label: name }))}
        value={[...(clients ?? [])]}
        onChange={(ids) => onChange({ role, clients: ids.length === 0 ? null : ids })}
        searchable
      />
    </>
  );
}
