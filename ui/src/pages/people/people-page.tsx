import { getRouteApi } from '@tanstack/react-router';
import { Page } from '../../parts/page.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { Embeds } from '../embeds/embeds.tsx';
import { Tokens } from './tokens.tsx';
import { Users } from './users.tsx';

const route = getRouteApi('/shell/people');

const TABS = [
  { value: 'users', label: 'Users', content: () => <Users /> },
  { value: 'tokens', label: 'Tokens', content: () => <Tokens /> },
  { value: 'embeds', label: 'Embed tokens', content: () => <Embeds /> },
];

export function PeoplePage() {
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Page
      title="Users and tokens"
      lead="People sign in, programs send a token: both have a role, and may be limited to clients. Pages of other sites show widgets."
    >
      <PageTabs value={tab} onChange={(value) => void navigate({ search: { tab: value } })} tabs={TABS} />
    </Page>
  );
}
