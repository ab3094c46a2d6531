import type { MoveView } from '@jackfield/host/answers';
import { Group } from '@mantine/core';
import { ask, pathTo } from '../../api/client.ts';
import { useAct } from '../../parts/act.ts';
import { ConfirmButton } from '../../parts/confirm-button.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { When } from '../../parts/when.tsx';
import { AppLink } from '../../parts/app-link.tsx';

interface Step {
  readonly mode: MoveView['mode'];
  readonly primary?: MoveView['primary'];
  readonly label: string;
  /** What it means. */
  readonly text: string;
}

/** In their order. */
const STEPS: readonly Step[] = [
  { mode: 'legacy', label: 'the old tables rule', text: 'Writes go to the old tables only.' },
  {
    mode: 'dual',
    primary: 'legacy',
    label: 'both are written, the old answers',
    text: 'Every write lands in both shapes; the old tables answer the old API.',
  },
  {
    mode: 'dual',
    primary: 'plugin',
    label: 'both are written, the new answers',
    text: 'Every write lands in both shapes; the plugin’s instances answer the old API.',
  },
  { mode: 'plugin', label: 'the old API is gone', text: 'The old API answers 410 and says what to call instead.' },
];

function stepOf({ mode, primary }: MoveView): number {
  return STEPS.findIndex((step) => step.mode === mode && (step.primary === undefined || step.primary === primary));
}

export function Moves({ moves }: { readonly moves: readonly MoveView[] }) {
  return (
    <DataTable
      label="How far each plugin is"
      rows={moves}
      rowKey={({ plugin }) => plugin}
      empty="No plugin has anything in the old tables."
      columns={[
        { label: 'Plugin', cell: ({ plugin }) => plugin },
        { label: 'Now', cell: (move) => STEPS[stepOf(move)]?.label ?? move.mode },
        { label: 'Systems', cell: ({ systems }) => systems },
        { label: 'Instances', cell: ({ instances }) => instances },
        { label: 'Not moved yet', cell: ({ unmoved }) => unmoved },
        { label: 'Quarantined', cell: ({ quarantined }) => <Quarantined count={quarantined} /> },
        { label: 'Gone on', cell: ({ sunsetAt }) => <When at={sunsetAt} none="not said yet" /> },
        { label: 'Steps', isActions: true, cell: (move) => <Steps move={move} /> },
      ]}
    />
  );
}

function Quarantined({ count }: { readonly count: number }) {
  if (count === 0) return 0;
  return (
    <AppLink to="/legacy" search={{ tab: 'quarantine' }}>
      {count}
    </AppLink>
  );
}

function Steps({ move }: { readonly move: MoveView }) {
  const at = stepOf(move);
  const [back, forth] = [STEPS[at - 1], STEPS[at + 1]];
  return (
    <Group gap={6} justify="flex-end" wrap="nowrap">
      {back !== undefined && <StepButton plugin={move.plugin} step={back} label="Back" />}
      {forth !== undefined && <StepButton plugin={move.plugin} step={forth} label="Forward" />}
    </Group>
  );
}

interface StepButtonProps {
  readonly plugin: string;
  readonly step: Step;
  readonly label: string;
}

function StepButton({ plugin, step: { mode, primary, label: means, text }, label }: StepButtonProps) {
  const take = useAct({
    act: () =>
      ask('PUT', pathTo(['legacy', 'modes', plugin]), {
        body: { mode, ...(primary === undefined ? {} : { primary }) },
      }),
    changes: ['legacy', 'instances'],
    done: `${plugin}: ${means}.`,
  });
  const isForward = label === 'Forward';
  return (
    <ConfirmButton
      label={label}
      title={`${plugin}: ${means}?`}
      act={take}
      size="compact-xs"
      color={isForward ? 'indigo' : 'gray'}
    >
      {text}
      {isForward &&
        ' The host refuses the step when something is not moved yet, or when the two shapes do not say the same, and names what.'}
    </ConfirmButton>
  );
}
