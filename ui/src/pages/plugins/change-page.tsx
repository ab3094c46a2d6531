import { Alert, Group, Stepper } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { changeQuery, confirmChange, type PluginChange } from '../../api/plugin-changes.ts';
import { useAct } from '../../parts/act.ts';
import { AppLink, LinkButton } from '../../parts/app-link.tsx';
import { Asked } from '../../parts/asked.tsx';
import { Page } from '../../parts/page.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { When } from '../../parts/when.tsx';
import { ACTIONS, titleOf } from './actions.ts';
import { ChangeInstances } from './change-instances.tsx';
import { ChangePlan } from './change-plan.tsx';
import { ActButton } from './act-button.tsx';

const route = getRouteApi('/shell/plugin-changes/$change');

/** A change of the plugins: what it would do, then how far it is, then what came of it. */
export function ChangePage() {
  const { change: id } = route.useParams();
  return <Asked query={useQuery(changeQuery(id))}>{(change) => <OneChange change={change} />}</Asked>;
}

function OneChange({ change }: { readonly change: PluginChange }) {
  const { action, plugin, state, madeAt, endedAt } = change;
  return (
    <Page
      title={titleOf(change)}
      beside={<StateBadge state={state} />}
      lead={
        <>
          Planned <When at={madeAt} />
          {endedAt !== null && (
            <>
              , ended <When at={endedAt} />
            </>
          )}
          . {action !== 'add' && <ToPlugin plugin={plugin} />}
        </>
      }
    >
      {state === 'planned' ? <Confirmation change={change} /> : <Progress change={change} />}
      <ChangeInstances reports={change.instances} />
      <ChangePlan change={change} />
    </Page>
  );
}

function ToPlugin({ plugin }: { readonly plugin: string }) {
  return (
    <AppLink to="/plugins/$plugin" params={{ plugin }} underline="always">
      The plugin
    </AppLink>
  );
}

function Confirmation({ change }: { readonly change: PluginChange }) {
  const { action, plugin } = change;
  const { confirm, means } = ACTIONS[action];
  const act = useAct({ act: () => confirmChange(change), changes: ['plugins'] });
  return (
    <Alert color={action === 'remove' ? 'red' : 'indigo'} title="Nothing has happened yet">
      {means}
      <ProblemNotice error={act.error} />
      <Group mt="md" gap="sm">
        <ActButton color={action === 'remove' ? 'red' : 'indigo'} act={act}>
          {confirm}
        </ActButton>
        <LinkButton
          variant="default"
          {...(action === 'add' ? { to: '/plugins' } : { to: '/plugins/$plugin', params: { plugin } })}
        >
          Leave it
        </LinkButton>
      </Group>
    </Alert>
  );
}

const STEPS = [
  ['verify', 'Verify'],
  ['load', 'Load'],
  ['migrate', 'Migrate configs'],
  ['check', 'Check instances'],
  ['flip', 'Take over'],
] as const;

function Progress({ change: { action, plugin, state, step, reason } }: { readonly change: PluginChange }) {
  const at = STEPS.findIndex(([name]) => name === step);
  const isNarrow = useMediaQuery('(max-width: 62em)');
  const isTried = action !== 'disable' && action !== 'remove';
  return (
    <>
      {isTried && at >= 0 && (
        <Stepper
          active={state === 'done' ? STEPS.length : at}
          size="xs"
          orientation={isNarrow ? 'vertical' : 'horizontal'}
          color={state === 'running' || state === 'done' ? 'indigo' : 'red'}
          aria-label="How far it is"
        >
          {STEPS.map(([name, label]) => (
            <Stepper.Step key={name} label={label} loading={state === 'running' && name === step} />
          ))}
        </Stepper>
      )}
      {state === 'done' && (
        <Alert color="green" title="Done" role="status">
          Every host follows within seconds. <ToPlugin plugin={plugin} />
        </Alert>
      )}
      {(state === 'refused' || state === 'failed' || state === 'abandoned') && (
        <Alert
          color="red"
          role="alert"
          title={state === 'refused' ? 'It was refused: nothing has changed' : 'It could not be done'}
        >
          {reason}
        </Alert>
      )}
    </>
  );
}
