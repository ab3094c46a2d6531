import { Badge } from '@mantine/core';

/** States of everything, and how they look. The word is always there: colour alone says nothing. */
const LOOKS: Readonly<Record<string, readonly [colour: string, text: string]>> = {
  active: ['green', 'active'],
  healthy: ['green', 'healthy'],
  succeeded: ['green', 'succeeded'],
  sent: ['green', 'sent'],
  done: ['green', 'done'],
  passed: ['green', 'passed'],
  migrated: ['green', 'goes along'],
  closed: ['gray', 'closed'],
  running: ['indigo', 'running'],
  queued: ['indigo', 'queued'],
  planned: ['indigo', 'planned'],
  degraded: ['orange', 'degraded'],
  open: ['orange', 'open'],
  paused: ['orange', 'paused'],
  stale: ['orange', 'stale'],
  failed_before: ['orange', 'failed before, too'],
  left: ['orange', 'left as it is'],
  failed: ['red', 'failed'],
  refused: ['red', 'refused'],
  abandoned: ['red', 'abandoned'],
  auth_failed: ['red', 'refused'],
  quarantined: ['red', 'quarantined'],
  unchanged: ['gray', 'stays as it is'],
  not_run: ['gray', 'not run'],
  removed: ['gray', 'removed'],
  disabled: ['gray', 'disabled'],
  unknown: ['gray', 'not checked'],
};

export function StateBadge({ state, title }: { readonly state: string; readonly title?: string | undefined }) {
  const [color, text] = LOOKS[state] ?? ['gray', state.replaceAll('_', ' ')];
  return (
    <Badge
      variant="light"
      color={color}
      tt="none"
      fw={600}
      radius="sm"
      title={title}
      style={{ flex: 'none', minWidth: 'max-content' }}
    >
      {text}
    </Badge>
  );
}
