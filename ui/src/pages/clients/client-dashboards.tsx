import type { DashboardView } from '@jackfield/host/answers';
import { Anchor, List, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ask, pathTo } from '../../api/client.ts';
import { Asked } from '../../parts/asked.tsx';
import { Section } from '../../parts/section.tsx';

/** Dashboards about a client: its widgets in its context. */
export function ClientDashboards({ clientId }: { readonly clientId: string }) {
  const dashboards = useQuery({
    queryKey: ['dashboards', 'of', clientId],
    queryFn: async ({ signal }) => {
      const path = pathTo(['dashboards'], { client: clientId });
      return (await ask<{ dashboards: readonly DashboardView[] }>('GET', path, { signal })).dashboards;
    },
  });
  return (
    <Section title="Dashboards">
      <Asked query={dashboards}>
        {(found) =>
          found.length === 0 ? (
            <Text size="sm" c="dimmed">
              No dashboard is about it.
            </Text>
          ) : (
            <List size="sm">
              {found.map(({ id, title }) => (
                <List.Item key={id}>
                  <Anchor size="sm" href={`/dashboards/${encodeURIComponent(id)}`}>
                    {title}
                  </Anchor>
                </List.Item>
              ))}
            </List>
          )
        }
      </Asked>
    </Section>
  );
}
