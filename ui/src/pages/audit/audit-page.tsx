import type { AuditEntry, AuditVerdict } from '@jackfield/host/answers';
import { Alert, Anchor, Button, Code, Group, Loader, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { ask, pathTo } from '../../api/client.ts';
import { tokensQuery, usersQuery } from '../../api/people.ts';
import { useSession } from '../../api/session.ts';
import { MoreList } from '../../parts/more-list.tsx';
import { Page } from '../../parts/page.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { When } from '../../parts/when.tsx';
import classes from './audit-page.module.css';

const route = getRouteApi('/shell/audit');

export function AuditPage() {
  const { action, instance } = route.useSearch();
  const navigate = route.useNavigate();
  const isOfAll = useSession().clients === null;
  const names = useNames(isOfAll);
  const [typed, setTyped] = useState({ action: action ?? '', instance: instance ?? '' });
  return (
    <Page
      title="Audit"
      lead="Who did what, the newest first. Nobody can change it: each entry is bound to the one before."
      actions={
        isOfAll && (
          <>
            <Anchor size="sm" href="/api/audit/export" download="audit.ndjson">
              Export
            </Anchor>
            <Verify />
          </>
        )
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const { action, instance } = typed;
          void navigate({
            search: { ...(action === '' ? {} : { action }), ...(instance === '' ? {} : { instance }) },
            replace: true,
          });
        }}
      >
        <Group gap="xs" align="flex-end">
          <TextInput
            label="Action"
            placeholder="instance.update"
            value={typed.action}
            onChange={(event) => setTyped({ ...typed, action: event.currentTarget.value })}
          />
          <TextInput
            label="Instance"
            placeholder="acme-jira"
            value={typed.instance}
            onChange={(event) => setTyped({ ...typed, instance: event.currentTarget.value })}
          />
          <Button type="submit" variant="default">
            Filter
          </Button>
        </Group>
      </form>
      <MoreList<AuditEntry>
        label="Audit"
        path={pathTo(['audit'], { action, instance })}
        member="entries"
        rowKey={({ seq }) => seq}
        empty="Nothing like this was done."
        columns={[
          { label: 'When', cell: ({ at }) => <When at={at} /> },
          { label: 'Who', cell: ({ actor }) => <Actor actor={actor} names={names} /> },
          { label: 'What', cell: ({ action }) => <Code>{action}</Code> },
          { label: 'With what', cell: ({ entity }) => `${entity.kind} ${entity.id}` },
          { label: 'Change', cell: (entry) => <Change entry={entry} /> },
        ]}
      />
    </Page>
  );
}

/** Entries name people and programs by their ids, which stay; what they are called now is easier to read. */
function useNames(isAsked: boolean): ReadonlyMap<string, string> {
  const { data: users = [] } = useQuery({ ...usersQuery, enabled: isAsked });
  const { data: tokens = [] } = useQuery({ ...tokensQuery, enabled: isAsked });
  return new Map([...users, ...tokens].map(({ id, name }) => [id, name]));
}

interface ActorProps {
  readonly actor: AuditEntry['actor'];
  readonly names: ReadonlyMap<string, string>;
}

function Actor({ actor: { kind, id }, names }: ActorProps) {
  if (id === null) return kind === 'host' ? 'the host' : kind;
  const name = names.get(id);
  return <span title={id}>{name === undefined ? `${kind} ${id.slice(0, 8)}…` : `${name} (${kind})`}</span>;
}

function Change({ entry: { before, after } }: { readonly entry: AuditEntry }) {
  if (before === null && after === null) return '';
  return (
    <details className={classes['change']}>
      <summary>Show</summary>
      {before !== null && <pre>{`before ${JSON.stringify(before, null, 2)}`}</pre>}
      {after !== null && <pre>{`after ${JSON.stringify(after, null, 2)}`}</pre>}
    </details>
  );
}

/** Reads the whole chain, which may take a while. */
function Verify() {
  const current = useRef<AbortController>(null);
  const verify = useMutation({
    mutationFn: () => {
      const { signal } = (current.current = new AbortController());
      return ask<AuditVerdict>('GET', '/api/audit/verify', { signal });
    },
  });
  const { data, isPending } = verify;
  const isCancelled = current.current?.signal.aborted === true;
  return (
    <>
      {isPending ? (
        <Button variant="default" leftSection={<Loader size="xs" />} onClick={() => current.current?.abort()}>
          Cancel
        </Button>
      ) : (
        <Button variant="default" onClick={() => verify.mutate()}>
          Verify
        </Button>
      )}
      {!isCancelled && <ProblemNotice error={verify.error} />}
      {data !== undefined && (
        <Alert role="status" color={data.fault ? 'red' : 'green'} p="xs">
          <Text size="sm">
            {data.fault
              ? `Entry ${data.fault.seq} is not as it was written: ${data.fault.detail}`
              : `All ${data.entries} entries are as they were written.`}
          </Text>
        </Alert>
      )}
    </>
  );
}
