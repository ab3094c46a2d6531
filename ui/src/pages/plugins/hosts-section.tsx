import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type HostView, hostsQuery } from '../../api/plugin-changes.ts';
import { Asked } from '../../parts/asked.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Section } from '../../parts/section.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { When } from '../../parts/when.tsx';

/** How far each host is with what is wanted of all of them. */
export function HostsSection() {
  const hosts = useQuery(hostsQuery);
  return (
    <Section
      title="Hosts"
      lead={
        <>Each follows what is wanted by itself{hosts.data && <>: change {hosts.data.generation} is the last</>}.</>
      }
    >
      <Asked query={hosts}>
        {({ hosts: found }) => (
          <DataTable
            label="Hosts"
            rows={found}
            rowKey={({ id }) => id}
            empty="No host has said how far it is."
            columns={[
              { label: 'Host', cell: ({ id }) => <code>{id}</code> },
              { label: 'Is', cell: (host) => <StateBadge state={stateOf(host)} /> },
              { label: 'Has followed up to', cell: ({ generation }) => generation },
              { label: 'Runs', cell: ({ version }) => version },
              { label: 'Last heard of', cell: ({ heartbeatAt }) => <When at={heartbeatAt} /> },
              { label: 'Could not follow', cell: ({ failures }) => <Failures failures={failures} /> },
            ]}
          />
        )}
      </Asked>
    </Section>
  );
}

function stateOf({ isAlive, isBehind, failures }: HostView): string {
  if (!isAlive) return 'silent';
  if (failures.length > 0) return 'degraded';
  return isBehind ? 'behind' : 'up to date';
}

function Failures({ failures }: { readonly failures: HostView['failures'] }) {
  return failures.map(({ plugin, reason }) => (
    <Text key={plugin} size="sm">
      {plugin}: {reason}
    </Text>
  ));
}
