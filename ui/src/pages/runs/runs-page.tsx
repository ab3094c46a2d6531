import { Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { instancesQuery } from '../../api/instances.ts';
import { Choice } from '../../parts/choice.tsx';
import { Page } from '../../parts/page.tsx';
import { RUN_STATES, RunTable } from './run-table.tsx';

const route = getRouteApi('/shell/runs');

export function RunsPage() {
  const { instance, state } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: instances = [] } = useQuery(instancesQuery);
  const choose = (part: object) => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  return (
    <Page title="Runs" lead="Every read of a stream: when, for how long, and what came of it.">
      <Group gap="xs">
        <Choice
          label="Instance"
          every="Every instance"
          data={instances.map(({ id, name }) => ({ value: id, label: name }))}
          value={instance}
          onChange={(value) => choose({ instance: value })}
        />
        <Choice
          label="State"
          every="Every state"
          data={RUN_STATES}
          value={state}
          onChange={(value) => choose({ state: value })}
        />
      </Group>
      <RunTable filter={{ instance, state }} />
    </Page>
  );
}
