// What a change would do and what it would be allowed, for whoever has to confirm it.
import { Badge, Code, List, Text } from '@mantine/core';
import type { PluginChange } from '../../api/plugin-changes.ts';
import { Facts } from '../../parts/facts.tsx';
import { Section } from '../../parts/section.tsx';
import { duration } from '../../parts/time.ts';

export function ChangePlan({ change }: { readonly change: PluginChange }) {
  return (
    <>
      {change.permissions.length > 0 && <Permissions change={change} />}
      {change.action !== 'add' && <DependsOnIt change={change} />}
      {change.source !== null && <Origin change={change} source={change.source} />}
    </>
  );
}

function DependsOnIt({ change: { dependents, configVersion, retentionMs } }: { readonly change: PluginChange }) {
  const { instances, enabledInstances, widgets, schedules, rows } = dependents;
  return (
    <Section title="What depends on it">
      <Facts
        facts={[
          ['Instances', `${instances}, ${enabledInstances} of them enabled`],
          ['Widgets', widgets],
          ['Streams that are read', schedules],
          ['Synced rows', rows.toLocaleString()],
          ['Config', configVersion === null ? undefined : configText(configVersion)],
          ['Can be restored', retentionMs === null ? undefined : `for ${duration(retentionMs)}`],
        ]}
      />
    </Section>
  );
}

function configText({ from, to }: NonNullable<PluginChange['configVersion']>): string {
  if (from === null) return `of version ${to}`;
  return from === to ? `stays at version ${to}` : `is migrated from version ${from} to ${to}`;
}

const SIGNATURES = {
  verified: 'The registry has signed it, and the signature is right.',
  none: 'Nobody has signed it.',
  unknown: 'Whether somebody has signed it is not known.',
} as const;

function Origin({
  change: { to, package: name },
  source,
}: {
  readonly change: PluginChange;
  readonly source: NonNullable<PluginChange['source']>;
}) {
  const { kind, spec, resolved, signatures, provenance, grade } = source;
  return (
    <Section
      title="Where it comes from"
      lead="Nothing of a package runs while it is fetched, and no install script ever."
    >
      <Facts
        facts={[
          ['Package', name],
          ['Asked for', kind === 'upload' ? 'sent by hand' : <Code key="spec">{spec}</Code>],
          ['Fetched from', resolved],
          [
            'Integrity',
            to === null ? undefined : (
              <Code key="integrity" style={{ overflowWrap: 'anywhere' }}>
                {to.integrity}
              </Code>
            ),
          ],
          ['Signatures', SIGNATURES[signatures]],
          ['Conformance', grade === undefined ? 'not graded' : `${grade}, as the package says`],
          [
            'Built by',
            provenance === undefined
              ? 'not said: it has no provenance'
              : `${provenance.predicateType} (${provenance.url})`,
          ],
        ]}
      />
    </Section>
  );
}

function Permissions({ change: { permissions, added, removed, from } }: { readonly change: PluginChange }) {
  const isNew = new Set(added.map(({ id }) => id));
  const hasMore = from !== null && added.length > 0;
  return (
    <Section
      title="What it may do"
      lead={
        hasMore ? 'More than before: look at what is new.' : 'The host enforces it: the plugin runs in a sealed thread.'
      }
    >
      <List size="sm" spacing={4}>
        {permissions.map(({ id, text }) => (
          <List.Item key={id}>
            It {text}. {from !== null && isNew.has(id) && <Mark colour="orange">new</Mark>}
          </List.Item>
        ))}
        {removed.map(({ id, text }) => (
          <List.Item key={id}>
            <Text span size="sm" td="line-through">
              It {text}.
            </Text>{' '}
            <Mark colour="gray">not any more</Mark>
          </List.Item>
        ))}
      </List>
    </Section>
  );
}

function Mark({ colour, children }: { readonly colour: string; readonly children: string }) {
  return (
    <Badge variant="light" color={colour} tt="none" radius="sm" size="sm">
      {children}
    </Badge>
  );
}
