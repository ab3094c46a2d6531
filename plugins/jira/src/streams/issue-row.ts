// A ticket as a row of the stream: from a search, a webhook or a single read, of either product, always the same.
import { assigneeOf, partOf, personOf, textOf, type Issue } from '../issue.ts';
import { isObject } from '../request.ts';
import { richTextOf } from '../rich-text.ts';
import { dateOf, datetimeOf } from '../time.ts';

/** Asked for by name: all of a site's fields would make pages of a few tickets. */
export const ISSUE_FIELDS = [
  'project',
  'issuetype',
  'summary',
  'description',
  'status',
  'priority',
  'resolution',
  'assignee',
  'reporter',
  'labels',
  'created',
  'updated',
  'resolutiondate',
  'duedate',
  'timespent',
] as const;

export const ISSUE_COLUMNS = {
  id: { type: 'integer', label: 'Id' },
  key: { type: 'string', label: 'Key' },
  projectId: { type: 'integer', label: 'Project id' },
  project: { type: 'string', label: 'Project' },
  type: { type: 'string', label: 'Type' },
  summary: { type: 'string', label: 'Summary' },
  description: { type: 'string', label: 'Description' },
  status: { type: 'string', label: 'Status' },
  statusCategory: { type: 'string', label: 'Status category' },
  priority: { type: 'string', label: 'Priority' },
  resolution: { type: 'string', label: 'Resolution' },
  assignee: { type: 'string', label: 'Assignee' },
  assigneeId: { type: 'string', label: 'Account of the assignee' },
  reporter: { type: 'string', label: 'Reporter' },
  reporterId: { type: 'string', label: 'Account of the reporter' },
  labels: { type: 'json', label: 'Labels' },
  created: { type: 'datetime', label: 'Created' },
  updated: { type: 'datetime', label: 'Updated' },
  resolved: { type: 'datetime', label: 'Resolved' },
  due: { type: 'date', label: 'Due' },
  timeSpent: { type: 'integer', unit: 's', label: 'Time spent' },
  link: { type: 'string', label: 'Link' },
} as const;

export type IssueRow = ReturnType<typeof issueRow>;

/** @param siteUrl where people open the site */
export function issueRow(issue: Issue, siteUrl: string) {
  const { fields } = issue;
  const projectId = Number(partOf(fields.project, 'id') ?? Number.NaN);
  const assignee = assigneeOf(issue);
  const reporter = personOf(fields.reporter);
  const { labels, timespent } = fields;
  return {
    id: Number(issue.id),
    key: issue.key,
    projectId: Number.isSafeInteger(projectId) ? projectId : null,
    project: partOf(fields.project, 'key') ?? issue.key.replace(/-\d+$/, ''),
    type: partOf(fields.issuetype, 'name'),
    summary: textOf(fields.summary),
    description: richTextOf(fields.description),
    status: partOf(fields.status, 'name'),
    statusCategory: isObject(fields.status) ? partOf(fields.status.statusCategory, 'name') : null,
    priority: partOf(fields.priority, 'name'),
    resolution: partOf(fields.resolution, 'name'),
    assignee: assignee?.name ?? null,
    assigneeId: assignee?.id ?? null,
    reporter: reporter?.name ?? null,
    reporterId: reporter?.id ?? null,
    labels: Array.isArray(labels) ? labels.filter((label) => typeof label === 'string') : [],
    created: datetimeOf(fields.created),
    updated: datetimeOf(fields.updated),
    resolved: datetimeOf(fields.resolutiondate),
    due: dateOf(fields.duedate)?.toString() ?? null,
    timeSpent: typeof timespent === 'number' ? Math.round(timespent) : null,
    link: `${siteUrl}/browse/${encodeURIComponent(issue.key)}`,
  };
}
