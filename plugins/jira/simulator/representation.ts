// How each product writes issues, people and times.
import { jiraTime } from './jira-time.ts';
import { representPerson } from './person.ts';
import { ISSUE_TYPES, PRIORITIES, type SimStatus } from './projects.ts';
import { representText } from './rich-text.ts';
import type { Site } from './site.ts';
import { EMBEDDED_WORKLOGS, worklogPage } from './worklogs.ts';
import type { SimComment, SimIssue } from './world.ts';

/** An issue with the asked fields only. Cloud answers the bare id when no field is asked for. */
export function representIssue(issue: SimIssue, asked: readonly string[] | undefined, site: Site): object {
  const api = site.deployment === 'cloud' ? '3' : '2';
  const all = site.faults.has('hidden-fields') ? {} : fieldsOf(issue, site);
  if (site.deployment === 'cloud' && (asked ?? ['id']).every((field) => field === 'id')) return { id: issue.id };
  const every = asked === undefined || asked.some((field) => field === '*all' || field === '*navigable');
  const entries = Object.entries(all)
    .filter(([field]) => (every || asked.includes(field)) && !asked?.includes(`-${field}`))
    .map(([field, value]): [string, unknown] => [field, value()]);
  return {
    expand: 'renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations',
    id: issue.id,
    self: `${site.url}/rest/api/${api}/issue/${issue.id}`,
    key: issue.key,
    ...(entries.length > 0 ? { fields: Object.fromEntries(entries) } : {}),
  };
}

/** Each is worked out only when it is asked for. */
function fieldsOf(issue: SimIssue, site: Site): Record<string, () => unknown> {
  const time = (millis: number | null): string | null => (millis === null ? null : jiraTime(millis, site));
  const { project, type } = issue;
  return {
    summary: () => issue.summary,
    issuetype: () => ({ id: String(ISSUE_TYPES.indexOf(type) + 1), name: type, subtask: false }),
    status: () => representStatus(issue.status, site),
    priority: () => (issue.priority === null ? null : representPriority(issue.priority, site)),
    assignee: () => (issue.assignee === null ? null : representPerson(issue.assignee, site)),
    reporter: () => representPerson(issue.reporter, site),
    project: () => ({ id: project.id, key: project.key, name: project.name }),
    labels: () => issue.labels,
    created: () => time(issue.created),
    updated: () => time(issue.updated),
    resolutiondate: () => time(issue.resolved),
    resolution: () => (issue.resolved === null ? null : { id: '10000', name: 'Done' }),
    duedate: () => issue.due,
    description: () => representText(issue.description, site),
    environment: () => null,
    timespent: () => (issue.spent === 0 ? null : issue.spent),
    comment: () => {
      const comments = issue.comments.map((comment) => representComment(comment, site));
      return { comments, startAt: 0, maxResults: comments.length, total: comments.length };
    },
    worklog: () => worklogPage(issue.id, site, 0, EMBEDDED_WORKLOGS),
  };
}

function representComment({ id, author, body, created }: SimComment, site: Site): object {
  const time = jiraTime(created, site);
  return { id, author: representPerson(author, site), body: representText(body, site), created: time, updated: time };
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
