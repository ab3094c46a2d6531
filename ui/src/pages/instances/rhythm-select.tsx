import type { HealthView } from '@jackfield/host/answers';
import { Select } from '@mantine/core';
import { ask, pathTo } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { useAct } from '../../parts/act.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { duration } from '../../parts/time.ts';

const MINUTE = 60_000;
const RHYTHMS = [1, 5, 10, 30, 60, 360, 1440].map((minutes) => minutes * MINUTE);
const DEFAULT = 'default';

/** How often the connection is tested by itself. */
export function RhythmSelect({ health: { instanceId, everyMs } }: { readonly health: HealthView }) {
  const mayChange = useMay('engineer');
  const change = useAct({
    act: (every: number | null) =>
      ask('PATCH', pathTo(['instances', instanceId, 'health']), { body: { everyMs: every } }),
    changes: ['instances'],
    done: 'The rhythm of the test is set.',
  });
  if (!mayChange) return duration(everyMs);
  const lengths = [...new Set([...RHYTHMS, everyMs])].toSorted((a, b) => a - b);
  return (
    <>
      <Select
        aria-label="Tested every"
        size="xs"
        w={200}
        allowDeselect={false}
        disabled={change.isPending}
        data={[
          ...lengths.map((ms) => ({ value: String(ms), label: duration(ms) })),
          { value: DEFAULT, label: 'as often as others' },
        ]}
        value={String(everyMs)}
        onChange={(value) => change.mutate(value === DEFAULT ? null : Number(value))}
      />
      <ProblemNotice error={change.error} />
    </>
  );
}
