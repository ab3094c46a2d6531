// The embed tokens that are good now, whoever has made them.
import type { EmbedView } from '@jackfield/host/answers';
import { Button, Modal, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { ask, pathTo } from '../../api/client.ts';
import { widgetsQuery } from '../../api/dashboards.ts';
import { tokensQuery, usersQuery } from '../../api/people.ts';
import { useAct } from '../../parts/act.ts';
import { Asked } from '../../parts/asked.tsx';
import { ConfirmButton } from '../../parts/confirm-button.tsx';
import { SearchableTable } from '../../parts/data-table.tsx';
import { When } from '../../parts/when.tsx';
import { EmbedForm } from './embed-form.tsx';

const embedsQuery = queryOptions({
  queryKey: ['embeds'],
  queryFn: async ({ signal }) => (await ask<{ embeds: readonly EmbedView[] }>('GET', '/api/embeds', { signal })).embeds,
  refetchInterval: 30_000,
});

export function Embeds() {
  const [isOpen, { open, close }] = useDisclosure();
  const titles = useTitles();
  const makers = useMakers();
  const shownIn = ({ widgets }: EmbedView): string => widgets.map((id) => titles.get(id) ?? id).join(', ');
  return (
    <Stack gap="sm">
      <Asked query={useQuery(embedsQuery)}>
        {(all) => (
          <SearchableTable
            label="Embed tokens"
            rows={all}
            rowKey={({ id }) => id}
            textOf={(embed) => `${embed.origin} ${shownIn(embed)} ${embed.clients?.join(' ') ?? ''}`}
            empty="No page of another site can show a widget now."
            filters={<Button onClick={open}>Make an embed token</Button>}
            columns={[
              { label: 'Site', cell: ({ origin }) => origin },
              { label: 'Widgets', cell: shownIn },
              { label: 'Clients', cell: ({ clients }) => clients?.join(', ') ?? 'all' },
              { label: 'Made by', cell: ({ createdBy }) => makers.get(createdBy) ?? createdBy },
              { label: 'Good until', cell: ({ expiresAt }) => <When at={expiresAt} /> },
              { label: 'Revoke', isActions: true, cell: (embed) => <Revoke embed={embed} /> },
            ]}
          />
        )}
      </Asked>
      <Modal
        opened={isOpen}
        onClose={close}
        size="lg"
        title="Make an embed token"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <EmbedForm onClose={close} />
      </Modal>
    </Stack>
  );
}

function useTitles(): ReadonlyMap<string, string> {
  const { data = [] } = useQuery(widgetsQuery);
  return new Map(data.map(({ id, title, shows }) => [id, title ?? shows?.title ?? id]));
}

function useMakers(): ReadonlyMap<string, string> {
  const { data: users = [] } = useQuery(usersQuery);
  const { data: tokens = [] } = useQuery(tokensQuery);
  return new Map([...users, ...tokens].map(({ id, name }) => [id, name]));
}

function Revoke({ embed: { id, origin } }: { readonly embed: EmbedView }) {
  const revoke = useAct({
    act: () => ask('DELETE', pathTo(['embeds', id])),
    changes: ['embeds'],
    done: `Pages of ${origin} are turned away with it.`,
  });
  return (
    <ConfirmButton label="Revoke" title={`Revoke the token of ${origin}?`} act={revoke} size="compact-xs">
      Its widgets say there that they may not be seen. The pages need another token to show them again.
    </ConfirmButton>
  );
}
