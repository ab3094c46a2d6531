import { Tabs } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { Page } from '../../parts/page.tsx';
import { Tokens } from './tokens.tsx';
import { Users } from './users.tsx';

const route = getRouteApi('/shell/people');

export function PeoplePage() {
  const { tab = 'users' } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Page
      title="Users and tokens"
      lead="People sign in; programs send a token. Both have a role, and may be limited to clients."
    >
      <Tabs
        value={tab}
        onChange={(value) => void navigate({ search: value === 'tokens' ? { tab: 'tokens' } : {} })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="users">Users</Tabs.Tab>
          <Tabs.Tab value="tokens">Tokens</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="users">
          <Users />
        </Tabs.Panel>
        <Tabs.Panel value="tokens">
          <Tokens />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
