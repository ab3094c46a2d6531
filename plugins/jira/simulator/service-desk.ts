import { htmlPage, type Answer, type Call } from './answer.ts';
import { jiraTime } from './jira-time.ts';
import type { Site } from './site.ts';
import { findIssue, type SimSla } from './world.ts';

export function listSlas(site: Site, call: Call): Answer {
  if (site.faults.has('no-jsm')) return htmlPage(404, 'Not found');
  if (site.faults.has('not-agent')) return deskRefusal(403, 'Sorry, you do not have access to this request.');
  const key = decodeURIComponent(call.path.split('/')[4] ?? '');
  const issue = findIssue(site, key);
  if (issue?.project.type !== 'service_desk') return deskRefusal(404, 'The request does not exist.');
  return {
    status: 200,
    json: pageOf(
      issue.slas.map((sla, index) => representSla(sla, index, site)),
      call,
    ),
  };
}

function representSla(sla: SimSla, index: number, site: Site): object {
  const now = site.now();
  const remaining = sla.pausedWith ?? (sla.breachTime ?? now) - now;
  const time = (millis: number): object => ({
    iso8601: jiraTime(millis, site),
    jira: jiraTime(millis, site),
    friendly: new Date(millis).toUTCString(),
    epochMillis: millis,
  });
  const duration = (millis: number): object => ({ millis, friendly: `${Math.trunc(millis / 60_000)}m` });
  return {
    id: String(index + 1),
    name: sla.name,
    completedCycles: [],
    ongoingCycle: {
      startTime: time(sla.startTime),
      ...(sla.breachTime === undefined ? {} : { breachTime: time(sla.breachTime) }),
      breached: remaining < 0,
      paused: sla.pausedWith !== undefined,
      withinCalendarHours: true,
      goalDuration: duration(sla.goal),
      elapsedTime: duration(sla.goal - remaining),
      remainingTime: duration(remaining),
    },
  };
}

function pageOf(all: readonly object[], call: Call): object {
  const start = Number(call.query.get('start') ?? 0);
  const limit = Math.min(Number(call.query.get('limit') ?? 50), 100);
  const values = all.slice(start, start + limit);
  return { _expands: [], size: values.length, start, limit, isLastPage: start + limit >= all.length, values };
}

function deskRefusal(status: number, errorMessage: string): Answer {
  return { status, json: { errorMessage, i18nErrorMessage: { i18nKey: 'sd.request.error', parameters: [] } } };
}
