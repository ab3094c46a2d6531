// What the rows of a site must be, worked out from the simulator's own data without any of the plugin's code.
import type { SimText } from '../simulator/rich-text.ts';
import type { JiraSimulator } from '../simulator/server.ts';
import type { SimIssue } from '../simulator/world.ts';
import type { Rows } from './site.ts';
import type { StreamTable } from './stream-table.ts';

/** The issues that can be searched for. */
export function liveIssues(site: JiraSimulator, projects?: readonly string[]): SimIssue[] {
  return site.issues.filter(
    ({ project }) => project.state === 'live' && (projects === undefined || projects.includes(project.key)),
  );
}

export function issueRows(site: JiraSimulator, issues: readonly SimIssue[] = liveIssues(site)): Rows {
  return issues
    .map((issue) => ({
      id: Number(issue.id),
      key: issue.key,
      projectId: Number(issue.project.id),
      project: issue.project.key,
      type: issue.type,
      summary: issue.summary,
      description: plain(issue.description),
      status: issue.status.name,
      statusCategory: issue.status.category.name,
      priority: issue.priority,
      resolution: issue.resolved === null ? null : 'Done',
      assignee: issue.assignee?.displayName ?? null,
      assigneeId: issue.assignee?.id ?? null,
      reporter: issue.reporter.displayName,
      reporterId: issue.reporter.id,
      labels: issue.labels,
      created: time(issue.created),
      updated: time(issue.updated),
      resolved: issue.resolved === null ? null : time(issue.resolved),
      due: issue.due,
      timeSpent: issue.spent === 0 ? null : issue.spent,
      link: `${site.url}/browse/${issue.key}`,
    }))
    .toSorted((a, b) => a.id - b.id);
}

export function worklogRows(site: JiraSimulator): Rows {
  return [...site.worklogs.values()]
    .map(({ id, issueId, author, comment, started, seconds, created, updated }) => ({
      id,
      issueId: Number(issueId),
      author: author.displayName,
      authorId: author.id,
      started: time(started),
      timeSpent: seconds,
      comment: plain(comment),
      created: time(created),
      updated: time(updated),
    }))
    .toSorted((a, b) => a.id - b.id);
}

/** The rows of a table by their numeric id. */
export function tableRows({ rows }: StreamTable): Rows {
  return [...rows.values()].toSorted((a, b) => Number(a.id) - Number(b.id));
}

function plain(text: SimText | null): string | null {
  return text === null ? null : [...text.paragraphs, ...text.points].join('\n');
}

export function time(millis: number): string {
  return new Date(millis).toISOString();
}
