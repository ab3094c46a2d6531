import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { pluginQuery, pluginsQuery } from '../../api/plugins.ts';
import { Asked } from '../../parts/asked.tsx';
import { Page } from '../../parts/page.tsx';
import { Section } from '../../parts/section.tsx';
import { InstanceForm } from './instance-form.tsx';

const route = getRouteApi('/shell/instances/new');

export function NewInstancePage() {
  const { plugin } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: plugins = [] } = useQuery(pluginsQuery);
  const usable = plugins.flatMap(({ name, displayName, state }) =>
    name === null || state !== 'active' ? [] : [{ value: name, label: displayName ?? name }],
  );
  return (
    <Page title="Connect a system" lead="What you enter can be tested before it is saved.">
      <Section title="Connection">
        <Select
          label="Plugin"
          placeholder="Choose a vendor system"
          data={usable}
          value={plugin ?? null}
          onChange={(value) => void navigate({ search: value === null ? {} : { plugin: value }, replace: true })}
          allowDeselect={false}
          maw={480}
        />
        {plugin !== undefined && <FormOf key={plugin} plugin={plugin} />}
      </Section>
    </Page>
  );
}

function FormOf({ plugin }: { readonly plugin: string }) {
  const navigate = route.useNavigate();
  return (
    <Asked query={useQuery(pluginQuery(plugin))}>
      {(details) => (
        <div style={{ maxWidth: '40rem' }}>
          <InstanceForm
            plugin={details}
            onSaved={({ id }) => void navigate({ to: '/instances/$id', params: { id }, search: {} })}
          />
        </div>
      )}
    </Asked>
  );
}
