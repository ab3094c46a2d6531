import type { InstanceView } from '@jackfield/host/answers';
import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ask, pathTo } from '../../api/client.ts';
import { pluginQuery } from '../../api/plugins.ts';
import { useAct } from '../../parts/act.ts';
import { Asked } from '../../parts/asked.tsx';
import { ConfirmButton } from '../../parts/confirm-button.tsx';
import { Section } from '../../parts/section.tsx';
import { InstanceForm } from './instance-form.tsx';

export default function Settings({ instance }: { readonly instance: InstanceView }) {
  const navigate = useNavigate();
  const remove = useAct({
    act: () => ask('DELETE', pathTo(['instances', instance.id])),
    changes: [],
    done: `“${instance.name}” is removed.`,
    after: () => navigate({ to: '/instances' }),
  });
  return (
    <Stack>
      <Section title="Connection" lead="Secrets are never shown. Left alone, they stay as they are.">
        <Asked query={useQuery(pluginQuery(instance.plugin))}>
          {(plugin) => (
            <div style={{ maxWidth: '40rem' }}>
              <InstanceForm
                plugin={plugin}
                instance={instance}
                onSaved={() => void navigate({ to: '/instances/$id', params: { id: instance.id }, search: {} })}
              />
            </div>
          )}
        </Asked>
      </Section>
      <Section
        title="Remove"
        lead="Its secrets, its sync jobs and its synced rows go with it. Nothing brings them back."
      >
        <div>
          <ConfirmButton label="Remove the instance" title={`Remove “${instance.name}”?`} act={remove}>
            Widgets that show it say then that it is gone. The audit keeps what was done with it.
          </ConfirmButton>
        </div>
      </Section>
    </Stack>
  );
}
