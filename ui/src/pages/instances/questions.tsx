// Any query of the instance, with its params, and the rows as they arrive.
import type { InstanceView, QuerySummary } from '@jackfield/host/answers';
import { Button, Group, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { pathTo, toProblem } from '../../api/client.ts';
import { queriesQuery } from '../../api/instances.ts';
import { useMay } from '../../api/session.ts';
import type { FormData } from '../../forms/form-context.ts';
import { SchemaForm } from '../../forms/schema-form.tsx';
import { Asked } from '../../parts/asked.tsx';
import { Section } from '../../parts/section.tsx';
import { Results } from '../../results/results.tsx';
import { useRows } from '../../results/use-rows.ts';
import { DownloadButton } from './download-button.tsx';
import { SaveWidgetButton } from './save-widget-button.tsx';

const route = getRouteApi('/shell/instances/$id');

export default function Questions({ instance }: { readonly instance: InstanceView }) {
  const { query: chosen } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Asked query={useQuery(queriesQuery(instance.id))}>
      {({ queries }) => {
        const query = queries.find(({ id }) => id === chosen) ?? queries[0];
        return (
          <Stack>
            <Section title="Query" lead={query?.description}>
              <Select
                aria-label="Query"
                data={queries.map(({ id, title }) => ({ value: id, label: title }))}
                value={query?.id ?? null}
                onChange={(value) =>
                  void navigate({ search: (before) => ({ ...before, query: value ?? undefined }), replace: true })
                }
                searchable
                allowDeselect={false}
                maw={480}
              />
              {query !== undefined && <Question key={query.id} instance={instance} query={query} />}
            </Section>
          </Stack>
        );
      }}
    </Asked>
  );
}

interface QuestionProps {
  readonly instance: InstanceView;
  readonly query: QuerySummary;
}

function Question({ instance, query }: QuestionProps) {
  const [params, setParams] = useState<FormData>({});
  const rows = useRows();
  const mayRun = useMay(query.role);
  const mayKeep = useMay('engineer');
  const path = pathTo(['instances', instance.id, 'queries', query.id]);
  const body = { params: Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined)) };
  const { progress } = rows;
  const isBusy = progress?.state === 'asking' || progress?.state === 'arriving';
  const error = progress?.error ?? null;
  return (
    <>
      <div style={{ maxWidth: '40rem' }}>
        <SchemaForm
          label="Params"
          schema={query.params}
          value={params}
          onChange={setParams}
          onSubmit={() => rows.ask(path, body)}
          problem={error === null ? undefined : toProblem(error)}
        >
          <Group mt="md">
            {isBusy ? (
              <Button variant="default" onClick={rows.cancel}>
                Cancel
              </Button>
            ) : (
              <Button type="submit" disabled={!mayRun || !instance.enabled}>
                Run
              </Button>
            )}
            {!mayRun && (
              <Text size="sm" c="dimmed">
                It is for people who are at least {query.role}.
              </Text>
            )}
            {!instance.enabled && (
              <Text size="sm" c="dimmed">
                The instance is switched off.
              </Text>
            )}
          </Group>
        </SchemaForm>
      </div>
      {progress !== undefined && (
        <Results
          label={query.title}
          columns={query.columns}
          progress={progress}
          actions={
            <>
              <DownloadButton path={path} body={body} name={`${instance.id}-${query.id}.csv`} />
              {mayKeep && <SaveWidgetButton instance={instance} query={query} params={body.params} />}
            </>
          }
        />
      )}
    </>
  );
}
