// What the trial of a version has found out about each instance.
import { Code, List, Text } from '@mantine/core';
import type { PluginChange } from '../../api/plugin-changes.ts';
import { AppLink } from '../../parts/app-link.tsx';
import { SearchableTable } from '../../parts/data-table.tsx';
import { Section } from '../../parts/section.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';

type Report = PluginChange['instances'][number];
type Change = Report['changes'][number];

const textOf = ({ name, instanceId, reason = '' }: Report): string => `${name} ${instanceId} ${reason}`;

export function ChangeInstances({ reports }: { readonly reports: readonly Report[] }) {
  if (reports.length === 0) return null;
  return (
    <Section
      title="Each instance"
      lead="Its config in a dry run of the migration, and its check with the version that was tried out."
    >
      <SearchableTable
        label="Each instance"
        rows={reports}
        rowKey={({ instanceId }) => instanceId}
        textOf={textOf}
        empty="It has no instance."
        columns={[
          { label: 'Instance', cell: (report) => <Named report={report} /> },
          { label: 'Config', cell: ({ config }) => <StateBadge state={config} /> },
          { label: 'What changes', cell: ({ changes }) => <Changes changes={changes} /> },
          { label: 'Check', cell: ({ check }) => <StateBadge state={check} /> },
          { label: 'Why', cell: ({ reason }) => reason ?? '' },
        ]}
      />
    </Section>
  );
}

function Named({ report: { instanceId, name, enabled } }: { readonly report: Report }) {
  return (
    <>
      <AppLink to="/instances/$id" params={{ id: instanceId }}>
        {name}
      </AppLink>
      {!enabled && (
        <Text size="xs" c="dimmed">
          disabled
        </Text>
      )}
    </>
  );
}

function Changes({ changes }: { readonly changes: readonly Change[] }) {
  if (changes.length === 0) return 'nothing';
  return (
    <List size="xs" listStyleType="none">
      {changes.map((change) => (
        <List.Item key={change.pointer}>
          <Changed change={change} />
        </List.Item>
      ))}
    </List>
  );
}

/** Places only: a value may be nobody's business. */
function Changed({ change: { pointer, kind, from = [], secret } }: { readonly change: Change }) {
  const place = <Code>{pointer.slice(1)}</Code>;
  const sources = from.map((source) => source.slice(1)).join(', ');
  const what = secret === true ? ' (a secret)' : '';
  if (kind === 'renamed') {
    return (
      <>
        <Code>{sources}</Code> becomes {place}
        {what}
      </>
    );
  }
  return (
    <>
      {place} is {kind}
      {sources !== '' && ` from ${sources}`}
      {what}
    </>
  );
}
