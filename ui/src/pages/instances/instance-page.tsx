import type { InstanceView } from '@jackfield/host/answers';
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy } from 'react';
import { clientQuery } from '../../api/clients.ts';
import { checkSaved, healthQuery, instanceQuery } from '../../api/instances.ts';
import { useMay } from '../../api/session.ts';
import { AppLink } from '../../parts/app-link.tsx';
import { AskedPage } from '../../parts/asked-page.tsx';
import { Page } from '../../parts/page.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { CheckResult } from './check-result.tsx';
import { Overview } from './overview.tsx';
import { useCheck } from './use-check.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';

const route = getRouteApi('/shell/instances/$id');
const Questions = lazy(() => import('./questions.tsx'));
const SyncJobs = lazy(() => import('./sync-jobs.tsx'));
const Settings = lazy(() => import('./settings.tsx'));

export function InstancePage() {
  const { id } = route.useParams();
  return (
    <AskedPage title="Instance" query={useQuery(instanceQuery(id))}>
      {(instance) => <OneInstance instance={instance} />}
    </AskedPage>
  );
}

function OneInstance({ instance }: { readonly instance: InstanceView }) {
  const { id, name, enabled, plugin } = instance;
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const health = useQuery(healthQuery(id));
  const check = useCheck((signal) => checkSaved(id, signal));
  const mayCheck = useMay('engineer') && enabled;
  const mayChange = useMay('manager');
  const settings = () => <Settings key={instance.revision} instance={instance} />;
  return (
    <Page
      title={name}
      beside={<StateBadge state={enabled ? (health.data?.state ?? 'unknown') : 'disabled'} />}
      lead={
        <>
          <AppLink to="/plugins/$plugin" params={{ plugin }}>
            {plugin}
          </AppLink>
          {' · '}
          {instance.clientId === null ? 'of no client' : <ClientLink id={instance.clientId} />}
        </>
      }
      actions={
        mayCheck &&
        (check.isPending ? (
          <Button variant="default" onClick={check.cancel}>
            Cancel the test
          </Button>
        ) : (
          <Button variant="default" onClick={check.start}>
            Test the connection
          </Button>
        ))
      }
    >
      <ProblemNotice error={check.error} />
      <CheckResult check={check} />
      <PageTabs
        value={tab}
        onChange={(value) => void navigate({ search: { tab: value } })}
        tabs={[
          { value: 'overview', label: 'Overview', content: () => <Overview instance={instance} /> },
          { value: 'queries', label: 'Queries', content: () => <Questions instance={instance} /> },
          { value: 'sync', label: 'Sync', content: () => <SyncJobs instance={instance} /> },
          ...(mayChange ? [{ value: 'settings', label: 'Settings', content: settings }] : []),
        ]}
      />
    </Page>
  );
}

function ClientLink({ id }: { readonly id: string }) {
  const { data } = useQuery(clientQuery(id));
  return (
    <AppLink to="/clients/$id" params={{ id }}>
      {data?.name ?? id}
    </AppLink>
  );
}
