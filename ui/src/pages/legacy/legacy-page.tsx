// The way out of the old external-systems API: how far each plugin is, whether both shapes agree, and who still calls the old one.
import type { CallerView, MoveView } from '@jackfield/host/answers';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ask } from '../../api/client.ts';
import { Asked } from '../../parts/asked.tsx';
import { SearchableTable } from '../../parts/data-table.tsx';
import { Page } from '../../parts/page.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { When } from '../../parts/when.tsx';
import { Moves } from './moves.tsx';
import { Parity } from './parity.tsx';
import { Quarantine } from './quarantine.tsx';

const route = getRouteApi('/shell/legacy');

const TABS = [
  { value: 'modes', label: 'Modes', content: () => <Modes /> },
  { value: 'parity', label: 'Parity', content: () => <Parity /> },
  { value: 'callers', label: 'Callers', content: () => <Callers /> },
  { value: 'quarantine', label: 'Quarantine', content: () => <Quarantine /> },
];

export function LegacyPage() {
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Page
      title="Legacy"
      lead="The way out of the old external-systems API, plugin by plugin. Each step can be taken back until the last."
    >
      <PageTabs value={tab} onChange={(value) => void navigate({ search: { tab: value } })} tabs={TABS} />
    </Page>
  );
}

function Modes() {
  const modes = useQuery({
    queryKey: ['legacy', 'modes'],
    queryFn: async ({ signal }) =>
      (await ask<{ plugins: readonly MoveView[] }>('GET', '/api/legacy/modes', { signal })).plugins,
  });
  return <Asked query={modes}>{(moves) => <Moves moves={moves} />}</Asked>;
}

const textOf = ({ route, caller }: CallerView): string => `${route} ${caller.kind} ${caller.name ?? caller.id}`;

function Callers() {
  const callers = useQuery({
    queryKey: ['legacy', 'callers'],
    queryFn: async ({ signal }) =>
      (await ask<{ callers: readonly CallerView[] }>('GET', '/api/legacy/callers', { signal })).callers,
    refetchInterval: 30_000,
  });
  return (
    <Asked query={callers}>
      {(found) => (
        <SearchableTable
          label="Callers of the old API"
          rows={found}
          rowKey={({ route, caller }) => `${route} ${caller.kind} ${caller.id}`}
          textOf={textOf}
          empty="Nobody has called it."
          columns={[
            { label: 'Caller', cell: ({ caller }) => caller.name ?? `${caller.kind} ${caller.id}` },
            { label: 'Route', cell: ({ route }) => <code>{route}</code> },
            { label: 'Calls', cell: ({ calls }) => calls.toLocaleString() },
            { label: 'First', cell: ({ firstAt }) => <When at={firstAt} /> },
            { label: 'Last', cell: ({ lastAt }) => <When at={lastAt} /> },
          ]}
        />
      )}
    </Asked>
  );
}
