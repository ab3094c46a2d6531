import type { PluginSummary } from '@jackfield/host/answers';
import { Card, Group, Stack, Text, TextInput } from '@mantine/core';
import IconSearch from '@tabler/icons-react/icons/IconSearch';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { instancesQuery } from '../../api/instances.ts';
import { pluginsQuery } from '../../api/plugins.ts';
import { useMay } from '../../api/session.ts';
import { AppLink, LinkButton } from '../../parts/app-link.tsx';
import { Asked } from '../../parts/asked.tsx';
import cards from '../../parts/cards.module.css';
import { Page } from '../../parts/page.tsx';
import { PluginIcon } from '../../parts/plugin-icon.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { GradeBadge } from './grade-badge.tsx';
import { HostsSection } from './hosts-section.tsx';

/** The catalogue: what this host can connect to. */
export function PluginsPage() {
  const plugins = useQuery(pluginsQuery);
  const [search, setSearch] = useState('');
  const mayChange = useMay('admin');
  const isFound = (plugin: PluginSummary) =>
    `${nameOf(plugin)} ${plugin.description ?? ''} ${plugin.package}`.toLowerCase().includes(search.toLowerCase());
  return (
    <Page
      title="Plugins"
      lead="Each teaches this host one vendor system. It is named in plugins.json, or added here."
      actions={mayChange && <LinkButton to="/plugin-changes/new">Add a plugin</LinkButton>}
    >
      <TextInput
        type="search"
        aria-label="Search plugins"
        placeholder="Search"
        leftSection={<IconSearch size={16} aria-hidden />}
        maw={320}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <Asked query={plugins}>
        {(found) => (
          <ul className={cards['cards']}>
            {found.filter(isFound).map((plugin) => (
              <PluginCard key={plugin.package} plugin={plugin} />
            ))}
            {found.filter(isFound).length === 0 && (
              <Text c="dimmed">
                {found.length === 0 ? 'There is no plugin yet.' : 'No plugin has what you search for.'}
              </Text>
            )}
          </ul>
        )}
      </Asked>
      {mayChange && <HostsSection />}
    </Page>
  );
}

function PluginCard({ plugin }: { readonly plugin: PluginSummary }) {
  const { name, version, state, description, icon, reason, refused } = plugin;
  const { data: instances = [] } = useQuery(instancesQuery);
  const mayConnect = useMay('manager') && state === 'active';
  const count = instances.filter((instance) => instance.plugin === name).length;
  return (
    <Card component="li" withBorder padding="md" radius="md" bg="var(--app-surface)">
      <Stack gap="sm" h="100%">
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <PluginIcon icon={icon} name={nameOf(plugin)} />
          <div>
            <Group gap="xs">
              <AppLink to="/plugins/$plugin" params={{ plugin: name ?? plugin.package }} fw={600} size="md">
                {nameOf(plugin)}
              </AppLink>
              <StateBadge state={state} />
              <GradeBadge grade={plugin.grade} />
            </Group>
            <Text size="xs" c="dimmed">
              {plugin.package} {version}
            </Text>
          </div>
        </Group>
        <Text size="sm" flex={1}>
          {state === 'failed' || state === 'disabled' ? (reason ?? description) : description}
          {refused !== undefined && ` Version ${refused.version} was refused: ${refused.reason}`}
        </Text>
        <Group justify="space-between">
          <AppLink to="/instances" search={{ plugin: name ?? '' }}>
            {count === 1 ? '1 instance' : `${count} instances`}
          </AppLink>
          {mayConnect && (
            <LinkButton to="/instances/new" search={{ plugin: name ?? '' }} size="xs" variant="light">
              Connect
            </LinkButton>
          )}
        </Group>
      </Stack>
    </Card>
  );
}

function nameOf({ displayName, name, package: packageName }: PluginSummary): string {
  return displayName ?? name ?? packageName;
}
