// Issues by id or key, straight from the database: what an index does not know yet or still remembers does not matter here.
import { refusal, type Answer, type Call } from './answer.ts';
import { isRecord, isTexts } from './body.ts';
import { representIssue } from './representation.ts';
import type { Site } from './site.ts';
import { findIssue } from './world.ts';

const BULK_LIMIT = 100;

/** Cloud. What does not exist, or may not be seen, is left out without a word. */
export function bulkFetch(site: Site, { body }: Call): Answer {
  const asked = isRecord(body) ? body.issueIdsOrKeys : undefined;
  if (!isRecord(body) || !isTexts(asked)) return refusal(400, 'issueIdsOrKeys must be an array of texts');
  if (asked.length > BULK_LIMIT) return refusal(400, `The number of issues exceeds the limit of ${BULK_LIMIT}.`);
  const fields = isTexts(body.fields) ? body.fields : ['*navigable'];
  const found = site.faults.has('anonymous') ? [] : asked.flatMap((each) => findIssue(site, each) ?? []);
  const issues = [...new Set(found)].map((issue) => representIssue(issue, fields, site));
  return { status: 200, json: { expand: 'names,schema', issues, issueErrors: [] } };
}

export function getIssue(site: Site, { path, query }: Call): Answer {
  const issue = findIssue(site, decodeURIComponent(path.split('/')[5] ?? ''));
  if (!issue || site.faults.has('anonymous')) {
    return refusal(404, 'Issue does not exist or you do not have permission to see it.');
  }
  return { status: 200, json: representIssue(issue, query.get('fields')?.split(',') ?? ['*all'], site) };
}
