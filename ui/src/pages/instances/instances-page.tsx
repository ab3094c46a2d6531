import { Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { clientsQuery } from '../../api/clients.ts';
import { instancesQuery, type Listed } from '../../api/instances.ts';
import { pluginsQuery } from '../../api/plugins.ts';
import { useMay } from '../../api/session.ts';
import { AppLink, LinkButton } from '../../parts/app-link.tsx';
import { Asked } from '../../parts/asked.tsx';
import { Choice } from '../../parts/choice.tsx';
import { SearchableTable } from '../../parts/data-table.tsx';
import { Page } from '../../parts/page.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { When } from '../../parts/when.tsx';

const route = getRouteApi('/shell/instances');

const textOf = ({ name, id, plugin, clientId, health }: Listed): string =>
  `${name} ${id} ${plugin} ${clientId ?? ''} ${health}`;

const STATES = [
  { value: 'healthy', label: 'healthy' },
  { value: 'degraded', label: 'degraded' },
  { value: 'auth_failed', label: 'refused' },
  { value: 'quarantined', label: 'quarantined' },
  { value: 'unknown', label: 'not checked' },
];

export function InstancesPage() {
  const { plugin, client, health } = route.useSearch();
  const navigate = route.useNavigate();
  const instances = useQuery(instancesQuery);
  const { data: plugins = [] } = useQuery(pluginsQuery);
  const { data: clients = [] } = useQuery(clientsQuery);
  const mayConnect = useMay('manager');
  const choose = (part: object) => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  const clientName = (id: string | null) => clients.find((client) => client.id === id)?.name ?? id ?? 'none';
  const isChosen = (instance: Listed): boolean =>
    (plugin === undefined || instance.plugin === plugin) &&
    (client === undefined || instance.clientId === client) &&
    (health === undefined || instance.health === health);
  return (
    <Page
      title="Instances"
      lead="Connections to vendor systems, each for one client or environment."
      actions={mayConnect && <LinkButton to="/instances/new">Connect a system</LinkButton>}
    >
      <Asked query={instances}>
        {(all) => (
          <SearchableTable
            label="Instances"
            rows={all.filter(isChosen)}
            rowKey={({ id }) => id}
            textOf={textOf}
            empty={all.length === 0 ? 'Nothing is connected yet.' : 'No instance is of what you chose.'}
            filters={
              <Group gap="xs">
                <Choice
                  label="Plugin"
                  every="Every plugin"
                  data={plugins.flatMap(({ name, displayName }) =>
                    name === null ? [] : [{ value: name, label: displayName ?? name }],
                  )}
                  value={plugin}
                  onChange={(value) => choose({ plugin: value })}
                />
                <Choice
                  label="Client"
                  every="Every client"
                  data={clients.map(({ id, name }) => ({ value: id, label: name }))}
                  value={client}
                  onChange={(value) => choose({ client: value })}
                />
                <Choice
                  label="Health"
                  every="Any health"
                  data={STATES}
                  value={health}
                  onChange={(value) => choose({ health: value })}
                />
              </Group>
            }
            columns={[
              {
                label: 'Instance',
                cell: ({ id, name }) => (
                  <AppLink to="/instances/$id" params={{ id }} fw={500}>
                    {name}
                  </AppLink>
                ),
              },
              {
                label: 'Plugin',
                cell: ({ plugin }) => plugins.find(({ name }) => name === plugin)?.displayName ?? plugin,
              },
              { label: 'Client', cell: ({ clientId }) => clientName(clientId) },
              { label: 'Health', cell: ({ enabled, health }) => <StateBadge state={enabled ? health : 'disabled'} /> },
              { label: 'Changed', cell: ({ updatedAt }) => <When at={updatedAt} /> },
            ]}
          />
        )}
      </Asked>
    </Page>
  );
}
