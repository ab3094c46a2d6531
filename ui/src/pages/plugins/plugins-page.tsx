import { List } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { pluginsQuery } from '../../api/plugins.ts';
import { Page } from '../../parts/page.tsx';
import { PagePending } from '../../parts/page-states.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';

export function PluginsPage() {
  const { data, error, refetch } = useQuery(pluginsQuery);
  return (
    <Page title="Plugins" lead="Each teaches this host one vendor system.">
      <ProblemNotice error={error} onRetry={() => void refetch()} />
      {data === undefined ? (
        error === null && <PagePending />
      ) : (
        <List>
          {data.map((plugin) => (
            <List.Item key={plugin.package}>{plugin.package}</List.Item>
          ))}
        </List>
      )}
    </Page>
  );
}
