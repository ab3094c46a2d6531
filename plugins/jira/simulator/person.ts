import type { SimPerson } from './projects.ts';
import type { Site } from './site.ts';

/** Cloud hides mail addresses and user names; Data Center has no account ids. */
export function representPerson(person: SimPerson, site: Site): object {
  const common = { displayName: person.displayName, active: true, timeZone: site.timeZone };
  return site.deployment === 'cloud'
    ? { ...common, accountId: person.id, accountType: 'atlassian' }
    : { ...common, name: person.id, key: `JIRAUSER-${person.id}`, emailAddress: `${person.id}@example.com` };
}
