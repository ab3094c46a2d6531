import type { PluginDetails } from '@jackfield/host/answers';
import { Alert, Badge, Group, List, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { pluginQuery, streamsQuery, templatesQuery } from '../../api/plugins.ts';
import { useMay } from '../../api/session.ts';
import { LinkButton } from '../../parts/app-link.tsx';
import { Asked } from '../../parts/asked.tsx';
import { SearchableTable } from '../../parts/data-table.tsx';
import { Page } from '../../parts/page.tsx';
import { Section } from '../../parts/section.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { duration } from '../../parts/time.ts';
import { Lifecycle } from './lifecycle.tsx';
import { permissionsOf } from './permissions.ts';

const route = getRouteApi('/shell/plugins/$plugin');

export function PluginPage() {
  const { plugin: name } = route.useParams();
  return <Asked query={useQuery(pluginQuery(name))}>{(plugin) => <OnePlugin plugin={plugin} />}</Asked>;
}

function OnePlugin({ plugin }: { readonly plugin: PluginDetails }) {
  const { state, reason, pointer, description, version } = plugin;
  const mayChange = useMay('admin') && plugin.name !== null;
  const mayConnect = useMay('manager') && state === 'active';
  return (
    <Page
      title={plugin.displayName ?? plugin.name ?? plugin.package}
      beside={<StateBadge state={state} />}
      lead={`${plugin.package} ${version ?? ''}`}
      actions={
        mayConnect && (
          <LinkButton to="/instances/new" search={{ plugin: plugin.name ?? '' }}>
            Connect
          </LinkButton>
        )
      }
    >
      {description !== undefined && <Text>{description}</Text>}
      {state === 'failed' && (
        <Alert color="red" title="It could not be loaded">
          {reason}
          {pointer !== undefined && ` (at ${pointer})`}
          <Text size="sm" fw={600} mt="xs">
            Put the cause right in plugins.json or in the package, or take another version. Other plugins are not
            touched.
          </Text>
        </Alert>
      )}
      {mayChange && <Lifecycle plugin={plugin} />}
      {state === 'active' && <Contributions plugin={plugin} />}
    </Page>
  );
}

function Contributions({ plugin }: { readonly plugin: PluginDetails }) {
  const name = plugin.name ?? '';
  const queries = Object.entries(plugin.queries ?? {}).map(([id, query]) => ({ id, ...query }));
  return (
    <Stack>
      <Section title="What it may do" lead="The host enforces this: the plugin runs in a sealed thread.">
        <List size="sm" spacing={4}>
          {permissionsOf(plugin).map((permission) => (
            <List.Item key={permission}>{permission}</List.Item>
          ))}
        </List>
      </Section>
      <Section title="Queries" lead="Questions that every instance of it can answer.">
        <SearchableTable
          label="Queries"
          rows={queries}
          rowKey={({ id }) => id}
          textOf={({ id, title, description = '' }) => `${id} ${title} ${description}`}
          empty="It brings no query."
          columns={[
            { label: 'Query', cell: ({ title, description }) => <Titled title={title} description={description} /> },
            { label: 'Answered by', cell: ({ source }) => (source === 'synced' ? 'synced rows' : 'the vendor') },
            { label: 'For', cell: ({ role = 'user' }) => role },
            { label: 'Kept', cell: ({ cacheMs }) => (cacheMs === 0 ? 'asked anew' : `for ${duration(cacheMs)}`) },
          ]}
        />
      </Section>
      <Section
        title="Streams"
        lead="Tables of vendor records that are synced into the database, for SQL and BI tools too."
      >
        <Asked query={useQuery(streamsQuery(name))}>
          {(streams) => (
            <SearchableTable
              label="Streams"
              rows={streams}
              rowKey={({ id }) => id}
              textOf={({ id, title }) => `${id} ${title}`}
              empty="It brings no stream."
              columns={[
                { label: 'Stream', cell: ({ title, repair }) => <Titled title={title} description={repair} /> },
                { label: 'Table', cell: ({ schema, table }) => <code>{`${schema}.${table}`}</code> },
                { label: 'Columns', cell: ({ columns }) => columns.length },
                { label: 'Key', cell: ({ primaryKey }) => primaryKey.join(', ') },
              ]}
            />
          )}
        </Asked>
      </Section>
      <Section title="Widgets" lead="Ready to be put on dashboards.">
        <Asked query={useQuery(templatesQuery(name))}>
          {(templates) => (
            <SearchableTable
              label="Widgets"
              rows={templates}
              rowKey={({ template }) => template}
              textOf={({ title, kind }) => `${title} ${kind}`}
              empty="It brings no widget."
              columns={[
                {
                  label: 'Widget',
                  cell: ({ title, description }) => <Titled title={title} description={description} />,
                },
                {
                  label: 'Kind',
                  cell: ({ kind }) => (
                    <Badge variant="light" color="gray" tt="none" radius="sm">
                      {kind}
                    </Badge>
                  ),
                },
              ]}
            />
          )}
        </Asked>
      </Section>
    </Stack>
  );
}

interface TitledProps {
  readonly title: string;
  readonly description?: string | undefined;
}

function Titled({ title, description }: TitledProps) {
  return (
    <Group gap={0} style={{ flexDirection: 'column', alignItems: 'flex-start' }}>
      <Text size="sm" fw={500}>
        {title}
      </Text>
      {description !== undefined && (
        <Text size="xs" c="dimmed">
          {description}
        </Text>
      )}
    </Group>
  );
}
