// What an admin sees of a plugin beside what it gives: its versions, its changes, and what can be done.
import type { PluginDetails } from '@jackfield/host/answers';
import { Alert, Badge, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import {
  type Action,
  type ChangeRequest,
  changesQuery,
  planChange,
  type PluginVersionView,
  versionsQuery,
} from '../../api/plugin-changes.ts';
import { useAct } from '../../parts/act.ts';
import { AppLink, LinkButton } from '../../parts/app-link.tsx';
import { Asked } from '../../parts/asked.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Section } from '../../parts/section.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { When } from '../../parts/when.tsx';
import { ActButton } from './act-button.tsx';
import { ACTIONS, titleOf } from './actions.ts';
import { GradeBadge } from './grade-badge.tsx';

export function Lifecycle({ plugin }: { readonly plugin: PluginDetails }) {
  const name = plugin.name ?? '';
  const versions = useQuery(versionsQuery(name));
  const plan = usePlan();
  return (
    <>
      <Notices plugin={plugin} />
      <Section
        title="Versions"
        lead="Packages that this database keeps: an upgrade or a rollback fetches nothing."
        actions={<Actions plugin={plugin} versions={versions.data ?? []} plan={plan} />}
      >
        <ProblemNotice error={plan.error} />
        <Asked query={versions}>
          {(found) => (
            <DataTable
              label="Versions"
              rows={found}
              rowKey={({ integrity }) => integrity}
              empty="No package of it is kept."
              columns={[
                { label: 'Version', cell: (version) => <Version version={version} state={plugin.state} /> },
                { label: 'Came', cell: ({ addedAt }) => <When at={addedAt} /> },
                { label: 'From', cell: ({ source }) => originOf(source) },
                { label: 'Grade', cell: ({ source }) => <GradeBadge grade={source.grade} /> },
                {
                  label: 'Integrity',
                  cell: ({ integrity }) => <code title={integrity}>{integrity.slice(0, 19)}…</code>,
                },
                {
                  label: 'Actions',
                  isActions: true,
                  cell: (version) => (
                    <GoTo
                      plugin={plugin}
                      version={version}
                      isNewer={found.indexOf(version) < wantedAt(found)}
                      plan={plan}
                    />
                  ),
                },
              ]}
            />
          )}
        </Asked>
      </Section>
      <Section title="Changes" lead="What was planned, done and refused, the newest first.">
        <Asked query={useQuery(changesQuery(name))}>
          {(changes) => (
            <DataTable
              label="Changes"
              rows={changes}
              rowKey={({ id }) => id}
              empty="Nobody has changed anything yet."
              columns={[
                {
                  label: 'Change',
                  cell: (change) => (
                    <AppLink to="/plugin-changes/$change" params={{ change: change.id }}>
                      {titleOf(change)}
                    </AppLink>
                  ),
                },
                { label: 'State', cell: ({ state }) => <StateBadge state={state} /> },
                { label: 'When', cell: ({ madeAt }) => <When at={madeAt} /> },
                { label: 'Why', cell: ({ reason }) => reason ?? '' },
              ]}
            />
          )}
        </Asked>
      </Section>
    </>
  );
}

/** The newest come first. */
function wantedAt(versions: readonly PluginVersionView[]): number {
  return versions.findIndex(({ isWanted }) => isWanted);
}

type Plan = ReturnType<typeof usePlan>;

/** Plans a change, and goes to where it is looked at. */
function usePlan() {
  const navigate = useNavigate();
  return useAct<ChangeRequest, { readonly id: string }>({
    act: planChange,
    changes: ['plugins'],
    after: ({ id }) => navigate({ to: '/plugin-changes/$change', params: { change: id } }),
  });
}

function Notices({ plugin: { refused, watchUntil, purgeAt, state, reason } }: { readonly plugin: PluginDetails }) {
  return (
    <>
      {refused !== undefined && (
        <Alert color="orange" title={`Version ${refused.version} was refused`}>
          {refused.reason} (<When at={refused.at} />)
        </Alert>
      )}
      {state === 'active' && reason !== undefined && (
        <Alert color="orange" title="Another version is wanted">
          {reason}
        </Alert>
      )}
      {state === 'disabled' && reason !== undefined && <Alert color="gray">{reason}</Alert>}
      {watchUntil !== undefined && Date.parse(watchUntil) > Date.now() && (
        <Alert color="indigo">
          It is new, and watched: a rise in faults brings back the version before. The watch ends{' '}
          <When at={watchUntil} />.
        </Alert>
      )}
      {purgeAt !== undefined && (
        <Alert color="red" title="It was removed">
          What is left of it is deleted <When at={purgeAt} />. Until then it can be restored.
        </Alert>
      )}
    </>
  );
}

interface ActionsProps {
  readonly plugin: PluginDetails;
  readonly versions: readonly PluginVersionView[];
  readonly plan: Plan;
}

const POSSIBLE: Readonly<Record<string, readonly Action[]>> = {
  active: ['rollback', 'disable', 'remove'],
  failed: ['rollback', 'disable', 'remove'],
  disabled: ['enable', 'remove'],
  removed: ['restore'],
};

function Actions({ plugin: { name, state }, versions, plan }: ActionsProps) {
  const plugin = name ?? '';
  const canGoBack = versions.some(({ isPrevious }) => isPrevious);
  const possible = (POSSIBLE[state] ?? []).filter((action) => action !== 'rollback' || canGoBack);
  return (
    <Group gap="xs">
      {state !== 'removed' && (
        <LinkButton to="/plugin-changes/new" search={{ plugin }} size="xs">
          Upgrade
        </LinkButton>
      )}
      {possible.map((action) => (
        <PlanButton key={action} plan={plan} request={{ action, plugin }} />
      ))}
    </Group>
  );
}

function PlanButton({ plan, request }: { readonly plan: Plan; readonly request: ChangeRequest }) {
  const act = useAct({ act: () => plan.mutateAsync(request), changes: [] });
  const { action } = request;
  return (
    <ActButton act={act} size="xs" variant="light" color={action === 'remove' ? 'red' : 'gray'}>
      {ACTIONS[action].plan}
    </ActButton>
  );
}

interface GoToProps {
  readonly plugin: PluginDetails;
  readonly version: PluginVersionView;
  /** It came after the one that is wanted. */
  readonly isNewer: boolean;
  readonly plan: Plan;
}

function GoTo({ plugin: { name, state }, version: { version, integrity, isWanted }, isNewer, plan }: GoToProps) {
  const to = { plugin: name ?? '' };
  const act = useAct({
    act: () =>
      plan.mutateAsync(
        isNewer ? { ...to, action: 'upgrade', source: integrity } : { ...to, action: 'rollback', version },
      ),
    changes: [],
  });
  if (isWanted || state === 'removed' || state === 'disabled') return null;
  return <ActButton act={act} size="compact-xs" variant="light" color="gray">{`Go to ${version}`}</ActButton>;
}

function Version({
  version: { version, isWanted, isPrevious },
  state,
}: {
  readonly version: PluginVersionView;
  readonly state: string;
}) {
  return (
    <Group gap={6} wrap="nowrap">
      <Text size="sm" fw={600}>
        {version}
      </Text>
      {isWanted && <StateBadge state={state} />}
      {isPrevious && (
        <Badge variant="light" color="gray" tt="none" radius="sm">
          the one before
        </Badge>
      )}
    </Group>
  );
}

const KINDS: Readonly<Record<string, string>> = {
  file: 'plugins.json',
  upload: 'sent by hand',
  registry: 'the registry',
  url: 'a URL',
};

function originOf({ kind, signatures, provenance }: PluginVersionView['source']): string {
  const signed = signatures === 'verified' ? ', signed' : '';
  return `${KINDS[kind] ?? kind}${signed}${provenance === undefined ? '' : ', with provenance'}`;
}
