import { Badge } from '@mantine/core';

/** States of everything, and how they look. The word is always there: colour alone says nothing. */
const LOOKS: Readonly<Record<string, readonly [colour: string, text: string]>> = {
  active: ['green', 'active'],
  healthy: ['green', 'healthy'],
  succeeded: ['green', 'succeeded'],
  sent: ['green', 'sent'],
  done: ['green', 'done'],
  closed: ['gray', 'closed'],
  running: ['indigo', 'running'],
  queued: ['indigo', 'queued'],
  degraded: ['orange', 'degraded'],
  open: ['orange', 'open'],
  paused: ['orange', 'paused'],
  stale: ['orange', 'stale'],
  failed: ['red', 'failed'],
  abandoned: ['red', 'abandoned'],
  auth_failed: ['red', 'refused'],
  quarantined: ['red', 'quarantined'],
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
