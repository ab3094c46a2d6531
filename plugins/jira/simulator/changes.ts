// What people do on the site while somebody reads it. Every change goes through here, so that searches may learn of it late.
import type { ProjectState, SimProject } from './projects.ts';
import { PEOPLE, STATUSES } from './projects.ts';
import { noteChange } from './search-index.ts';
import type { Site } from './site.ts';
import type { SimWorklog } from './worklogs.ts';
import { findIssue, type SimIssue } from './world.ts';

/** What can be set; `updated` follows the site's clock unless it is given. */
export type IssuePatch = Partial<Omit<SimIssue, 'id' | 'key' | 'project' | 'created'>>;

export interface IssueChange {
  readonly kind: 'created' | 'updated' | 'deleted';
  readonly issue: SimIssue;
}

export interface Changes {
  create(projectKey: string, values?: IssuePatch): SimIssue;
  update(id: string, patch?: IssuePatch): SimIssue;
  /** Into another project: a new key, the same id. The old key leads to it. */
  move(id: string, projectKey: string): SimIssue;
  /** Its worklogs go with it and are not in the feed of deleted ones. */
  remove(id: string): void;
  setProject(key: string, state: ProjectState): void;
  /** Nothing of the project is left, not even in the trash. */
  eraseProject(key: string): void;
  logWork(issueId: string, seconds: number): SimWorklog;
  editWorklog(id: number, seconds: number): void;
  removeWorklog(id: number): void;
  /** Called after each change of an issue; returns what ends that. */
  listen(listener: (change: IssueChange) => void): () => void;
}

export function createChanges(site: Site): Changes {
  const listeners = new Set<(change: IssueChange) => void>();
  const tell = (kind: IssueChange['kind'], issue: SimIssue): SimIssue => {
    for (const listener of listeners) listener({ kind, issue });
    return issue;
  };
  let lastId = 0;
  const newIssueId = (): string => {
    lastId = site.issues.reduce((most, { id }) => Math.max(most, Number(id)), Math.max(lastId, 19_999)) + 1;
    return String(lastId);
  };
  let lastWorklog = 0;
  return {
    create(projectKey, values = {}) {
      const project = projectOf(site, projectKey);
      const at = site.now();
      const issue: SimIssue = {
        id: newIssueId(),
        key: newKey(site, project),
        project,
        ...blank(at),
        ...values,
      };
      noteChange(site, issue.id, null);
      site.issues.push(issue);
      return tell('created', issue);
    },
    update(id, patch = {}) {
      const issue = issueOf(site, id);
      noteChange(site, id, null);
      return tell('updated', Object.assign(issue, { updated: site.now() }, patch));
    },
    move(id, projectKey) {
      const issue = issueOf(site, id);
      const project = projectOf(site, projectKey);
      noteChange(site, id, null);
      site.index.formerKeys.set(issue.key, id);
      return tell('updated', Object.assign(issue, { project, key: newKey(site, project), updated: site.now() }));
    },
    remove(id) {
      const issue = issueOf(site, id);
      noteChange(site, id, issue);
      site.issues.splice(site.issues.indexOf(issue), 1);
      for (const worklog of site.worklogs.values()) if (worklog.issueId === id) site.worklogs.delete(worklog.id);
      tell('deleted', issue);
    },
    setProject(key, state) {
      noteChange(site, '', null);
      const project = projectOf(site, key);
      project.state = state;
      project.stateSince = state === 'live' ? null : site.now();
    },
    eraseProject(key) {
      const project = projectOf(site, key);
      for (const { id } of site.issues.filter((issue) => issue.project === project)) this.remove(id);
      site.projects.splice(site.projects.indexOf(project), 1);
    },
    logWork(issueId, seconds) {
      lastWorklog = Math.max(lastWorklog, 600_000) + 1;
      const at = site.now();
      const worklog: SimWorklog = {
        ...{ id: lastWorklog, issueId, author: PEOPLE[0] as (typeof PEOPLE)[number], comment: null },
        ...{ started: at - seconds * 1000, seconds, created: at, updated: at },
      };
      site.worklogs.set(worklog.id, worklog);
      this.update(issueId, { spent: issueOf(site, issueId).spent + seconds });
      return worklog;
    },
    editWorklog(id, seconds) {
      const worklog = worklogOf(site, id);
      this.update(worklog.issueId, { spent: issueOf(site, worklog.issueId).spent + seconds - worklog.seconds });
      Object.assign(worklog, { seconds, updated: site.now() });
    },
    removeWorklog(id) {
      const { issueId, seconds } = worklogOf(site, id);
      this.update(issueId, { spent: issueOf(site, issueId).spent - seconds });
      site.worklogs.delete(id);
      site.deletedWorklogs.push({ id, at: site.now() });
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function blank(at: number): Omit<SimIssue, 'id' | 'key' | 'project'> {
  return {
    type: 'Task',
    summary: 'New',
    description: null,
    labels: [],
    reporter: PEOPLE[0] as (typeof PEOPLE)[number],
    comments: [],
    spent: 0,
    status: STATUSES[0] as (typeof STATUSES)[number],
    priority: 'Medium',
    assignee: null,
    created: at,
    updated: at,
    resolved: null,
    due: null,
    slas: [],
  };
}

function issueOf(site: Site, id: string): SimIssue {
  const issue = findIssue(site, id);
  if (!issue) throw new Error(`there is no issue ${id}`);
  return issue;
}

function worklogOf(site: Site, id: number): SimWorklog {
  const worklog = site.worklogs.get(id);
  if (!worklog) throw new Error(`there is no worklog ${id}`);
  return worklog;
}

function projectOf(site: Site, key: string): SimProject {
  const project = site.projects.find((each) => each.key === key);
  if (!project) throw new Error(`there is no project ${key}`);
  return project;
}

/** Numbers are not used twice, not even those of issues that were moved away. */
function newKey(site: Site, { key }: SimProject): string {
  const used = [...site.issues.map((issue) => issue.key), ...site.index.formerKeys.keys()];
  const numbers = used.filter((each) => each.startsWith(`${key}-`)).map((each) => Number(each.slice(key.length + 1)));
  return `${key}-${numbers.reduce((a, b) => Math.max(a, b), 0) + 1}`;
}
