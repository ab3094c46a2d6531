// How each product writes issues, people and times.
import type { Site } from './site.ts';
import { PRIORITIES, type SimIssue, type SimPerson, type SimStatus } from './world.ts';

/** Offset without a colon, in a zone that is not the caller's: both are Jira's habit. */
export function jiraTime(millis: number, site: Site): string {
  const minutes = site.deployment === 'cloud' ? -480 : 330;
  const local = new Date(millis + minutes * 60_000).toISOString().slice(0, -1);
  return local + (minutes < 0 ? '-0800' : '+0530');
}

/** An issue with the asked fields only. Cloud answers the bare id when no field is asked for. */
export function representIssue(issue: SimIssue, asked: readonly string[] | undefined, site: Site): object {
  const api = site.deployment === 'cloud' ? '3' : '2';
  const all = site.faults.has('hidden-fields') ? {} : fieldsOf(issue, site);
  if (site.deployment === 'cloud' && (asked ?? ['id']).every((field) => field === 'id')) return { id: issue.id };
  const every = asked === undefined || asked.some((field) => field === '*all' || field === '*navigable');
  const entries = Object.entries(all).filter(
    ([field]) => (every || asked.includes(field)) && !asked?.includes(`-${field}`),
  );
  return {
    expand: 'renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations',
    id: issue.id,
    self: `${site.url}/rest/api/${api}/issue/${issue.id}`,
    key: issue.key,
    ...(entries.length > 0 ? { fields: Object.fromEntries(entries) } : {}),
  };
}

function fieldsOf(issue: SimIssue, site: Site): Record<string, unknown> {
  const time = (millis: number | null): string | null => (millis === null ? null : jiraTime(millis, site));
  return {
    summary: issue.summary,
    status: representStatus(issue.status, site),
    priority: issue.priority === null ? null : representPriority(issue.priority, site),
    assignee: issue.assignee === null ? null : representPerson(issue.assignee, site),
    project: { id: issue.project.id, key: issue.project.key, name: issue.project.name },
    created: time(issue.created),
    updated: time(issue.updated),
    resolutiondate: time(issue.resolved),
    duedate: issue.due,
    description: site.deployment === 'cloud' ? { version: 1, type: 'doc', content: [] } : '',
  };
}

function representStatus(status: SimStatus, site: Site): object {
  return {
    self: `${site.url}/rest/api/2/status/${status.id}`,
    description: '',
    iconUrl: `${site.url}/images/icons/statuses/generic.png`,
    name: status.name,
    id: status.id,
    statusCategory: { self: `${site.url}/rest/api/2/statuscategory/${status.category.id}`, ...status.category },
  };
}

function representPriority(name: string, site: Site): object {
  const id = String(PRIORITIES.indexOf(name) + 1);
  const iconUrl = `${site.url}/images/icons/priorities/${name.toLowerCase()}.svg`;
  return { self: `${site.url}/rest/api/2/priority/${id}`, iconUrl, name, id };
}

/** Cloud hides mail addresses and user names; Data Center has no account ids. */
export function representPerson(person: SimPerson, site: Site): object {
  const common = { displayName: person.displayName, active: true, timeZone: 'Europe/Berlin' };
  return site.deployment === 'cloud'
    ? { ...common, accountId: person.id, accountType: 'atlassian' }
    : { ...common, name: person.id, key: `JIRAUSER-${person.id}`, emailAddress: `${person.id}@example.com` };
}
