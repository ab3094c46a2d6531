export { ISSUE_FIELDS, issueRow } from './issue-row.ts';
import { issues } from './issues.ts';
import { projects } from './projects.ts';
import { sprints } from './sprints.ts';
import { worklogs } from './worklogs.ts';

export const streams = { issues, projects, worklogs, sprints };
