import { Group, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { instancesQuery } from '../../api/instances.ts';
import { Page } from '../../parts/page.tsx';
import { RunTable } from './run-table.tsx';

const route = getRouteApi('/shell/runs');
const STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped', 'abandoned'];

export function RunsPage() {
  const { instance, state } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: instances = [] } = useQuery(instancesQuery);
  const choose = (part: object) => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  return (
    <Page title="Runs" lead="Every read of a stream: when, for how long, and what came of it.">
      <Group gap="xs">
        <Select
          aria-label="Instance"
          placeholder="Every instance"
          data={instances.map(({ id, name }) => ({ value: id, label: name }))}
          value={instance ?? null}
          onChange={(value) => choose({ instance: value ?? undefined })}
          searchable
          clearable
          w={220}
        />
        <Select
          aria-label="State"
          placeholder="Every state"
          data={STATES}
          value={state ?? null}
          onChange={(value) => choose({ state: value ?? undefined })}
          clearable
          w={160}
        />
      </Group>
      <RunTable filter={{ instance, state }} />
    </Page>
  );
}
