import { Badge } from '@mantine/core';
import type { PluginDetails } from '@jackfield/host/answers';

const COLOURS = { bronze: 'orange', silver: 'gray', gold: 'yellow' } as const;

/** What the author's run of the conformance suite has found. */
export function GradeBadge({ grade }: { readonly grade: PluginDetails['grade'] }) {
  if (grade === undefined) return null;
  return (
    <Badge
      variant="light"
      color={COLOURS[grade]}
      tt="none"
      radius="sm"
      title={`The package says that it passes the conformance suite up to ${grade}`}
      style={{ flex: 'none', minWidth: 'max-content' }}
    >
      {grade}
    </Badge>
  );
}
