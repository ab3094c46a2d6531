import { Button, FileInput, Group, Stack, TextInput } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { type SubmitEvent, useState } from 'react';
import { planChange, uploadPackage } from '../../api/plugin-changes.ts';
import { useAct } from '../../parts/act.ts';
import { Page } from '../../parts/page.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Section } from '../../parts/section.tsx';

const route = getRouteApi('/shell/plugin-changes/new');

/** Which package: of a new plugin, or the next version of one that is there. */
export function NewChangePage() {
  const { plugin } = route.useSearch();
  const navigate = route.useNavigate();
  const [spec, setSpec] = useState('');
  const [file, setFile] = useState<File | null>(null);
  const plan = useAct({
    act: async () => {
      const source = file === null ? spec.trim() : await uploadPackage(file);
      return planChange(plugin === undefined ? { action: 'add', source } : { action: 'upgrade', plugin, source });
    },
    changes: ['plugins'],
    after: ({ id }) => navigate({ to: '/plugin-changes/$change', params: { change: id } }),
  });
  const begin = (event: SubmitEvent) => {
    event.preventDefault();
    plan.mutate();
  };
  return (
    <Page
      title={plugin === undefined ? 'Add a plugin' : `Upgrade ${plugin}`}
      lead="First you see what it would be allowed and what would change. Nothing of it runs before you say so."
    >
      <Section title="Which package">
        <form onSubmit={begin}>
          <Stack maw={560}>
            <TextInput
              label="Package"
              description="A name and version in the registry, or the URL of a tarball."
              placeholder="@acme/jackfield-plugin-x@1.2.0"
              value={spec}
              disabled={file !== null}
              onChange={(event) => setSpec(event.currentTarget.value)}
            />
            <FileInput
              label="Or a tarball"
              description="As npm pack and jackfield-plugin pack make it."
              placeholder="Choose a .tgz"
              accept=".tgz,.gz,application/gzip"
              clearable
              clearButtonProps={{ 'aria-label': 'Take no tarball' }}
              value={file}
              onChange={setFile}
            />
            <ProblemNotice error={plan.error} />
            <Group>
              <Button type="submit" loading={plan.isPending} disabled={file === null && spec.trim() === ''}>
                See what it would do
              </Button>
            </Group>
          </Stack>
        </form>
      </Section>
    </Page>
  );
}
