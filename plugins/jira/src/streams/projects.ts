import { complete, upsert } from '@jackfield/sdk';
import { personOf, textOf } from '../issue.ts';
import { listProjects, PROJECT_STATES, type Project } from '../projects.ts';
import { isObject } from '../request.ts';
import { datetimeOf } from '../time.ts';
import { stream } from './stream.ts';

export const projects = stream({
  title: 'Projects',
  description: 'Live and archived projects, and those in the trash of Jira Cloud.',
  columns: {
    id: { type: 'integer', label: 'Id' },
    key: { type: 'string', label: 'Key' },
    name: { type: 'string', label: 'Name' },
    type: { type: 'string', label: 'Type' },
    state: { type: 'string', label: 'State' },
    stateSince: { type: 'datetime', label: 'In this state since' },
    lead: { type: 'string', label: 'Lead' },
    leadId: { type: 'string', label: 'Account of the lead' },
    issues: { type: 'integer', label: 'Tickets' },
    lastUpdate: { type: 'datetime', label: 'Last change of a ticket' },
  },
  primaryKey: ['id'],
  deletion: 'absence',
  every: '5m',
  async *read(ctx) {
    yield upsert((await listProjects(ctx, PROJECT_STATES)).map(rowOf));
    yield complete();
  },
});

function rowOf({ id, key, state, answer }: Project) {
  const lead = personOf(answer.lead);
  const insight = isObject(answer.insight) ? answer.insight : {};
  return {
    id,
    key,
    name: textOf(answer.name),
    type: textOf(answer.projectTypeKey),
    state,
    stateSince: datetimeOf(answer.archivedDate ?? answer.deletedDate),
    lead: lead?.name ?? null,
    leadId: lead?.id ?? null,
    issues: typeof insight.totalIssueCount === 'number' ? insight.totalIssueCount : null,
    lastUpdate: datetimeOf(insight.lastIssueUpdateTime),
  };
}
