import { mapConcurrently } from '../concurrency.ts';
import { param, query, type JiraContext } from '../config.ts';
import { assigneeOf, textOf, type Issue } from '../issue.ts';
import { allOf, IS_OPEN, isIn, projectScope } from '../jql.ts';
import { searchIssues } from '../search.ts';
import { runningSlas, serviceProjects, type SlaCycle } from '../service-desk.ts';
import { HOUR } from '../time.ts';

/** As many as the gateway lets one instance have under way. */
const WIDTH = 4;

export const slaAtRisk = query({
  title: 'SLA breached or due soon',
  description:
    'Running SLA clocks of open Jira Service Management requests that are breached or will be within the hours. Jira has no bulk answer, so the most urgent requests are asked one by one, up to the limit.',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      projects: param.projects,
      hours: { type: 'integer', minimum: 1, maximum: 168, default: 4, title: 'Hours ahead' },
      limit: { type: 'integer', minimum: 1, maximum: 200, default: 200, title: 'Requests looked at, at most' },
    },
  },
  columns: {
    key: { type: 'string', label: 'Key' },
    summary: { type: 'string', label: 'Summary' },
    sla: { type: 'string', label: 'SLA' },
    breached: { type: 'boolean', label: 'Breached' },
    remaining: { type: 'integer', unit: 'ms', label: 'Remaining' },
    breachTime: { type: 'datetime', label: 'Breach' },
    assignee: { type: 'string', label: 'Assignee' },
  },
  cache: '2m',
  async *rows(ctx, params) {
    const scope = projectScope(ctx, params.projects);
    const projects = (await serviceProjects(ctx)).filter((key) => scope === undefined || scope.includes(key));
    if (projects.length === 0) return;
    const now = ctx.now().getTime();
    const requests = await openRequests(ctx, projects, params.limit);
    const answers = await mapConcurrently(requests, WIDTH, (request) => runningSlas(ctx, request.key));
    const hidden = answers.filter((slas) => slas === undefined).length;
    if (hidden > 0) ctx.log.warn('requests whose SLA this account may not see', { hidden, asked: requests.length });
    const rows = requests.flatMap((request, index) =>
      (answers[index] ?? []).filter((sla) => isAtRisk(sla, now, params.hours * HOUR)).map((sla) => rowOf(request, sla)),
    );
    yield rows.sort((a, b) => (a.remaining ?? Infinity) - (b.remaining ?? Infinity) || a.key.localeCompare(b.key));
  },
});

async function openRequests(ctx: JiraContext, projects: readonly string[], limit: number): Promise<Issue[]> {
  const jql = `${allOf(isIn('project', projects), IS_OPEN)} ORDER BY priority DESC, created ASC, key ASC`;
  return (await Array.fromAsync(searchIssues(ctx, { jql, fields: ['summary', 'assignee'], limit }))).flat();
}

/** A paused clock cannot run out. `breachTime` knows the working hours; without it the remaining time has to do. */
function isAtRisk(sla: SlaCycle, now: number, within: number): boolean {
  if (sla.breached) return true;
  if (sla.paused) return false;
  const left = sla.breachMs === null ? sla.remainingMs : sla.breachMs - now;
  return left !== null && left <= within;
}

function rowOf(request: Issue, sla: SlaCycle) {
  return {
    key: request.key,
    summary: textOf(request.fields.summary),
    sla: sla.name,
    breached: sla.breached,
    remaining: sla.remainingMs,
    breachTime: sla.breachTime,
    assignee: assigneeOf(request)?.name ?? null,
  };
}
