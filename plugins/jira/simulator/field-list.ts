// The fields of the site, as its own list has them: names people see, and schemas of what they hold.
import type { Answer } from './answer.ts';
import type { Site } from './site.ts';

/** Id, name, type, items of an array. Several sites have two custom fields of one name. */
const FIELDS: readonly (readonly [id: string, name: string, type?: string, items?: string])[] = [
  ['issuekey', 'Key'],
  ['summary', 'Summary', 'string'],
  ['issuetype', 'Issue Type', 'issuetype'],
  ['status', 'Status', 'status'],
  ['priority', 'Priority', 'priority'],
  ['assignee', 'Assignee', 'user'],
  ['reporter', 'Reporter', 'user'],
  ['project', 'Project', 'project'],
  ['labels', 'Labels', 'array', 'string'],
  ['created', 'Created', 'datetime'],
  ['updated', 'Updated', 'datetime'],
  ['resolutiondate', 'Resolved', 'datetime'],
  ['duedate', 'Due date', 'date'],
  ['description', 'Description', 'string'],
  ['worklog', 'Log Work', 'array', 'worklog'],
  ['customfield_10016', 'Story Points', 'number'],
  ['customfield_10030', 'Impact', 'option'],
  ['customfield_10031', 'Impact', 'option-with-child'],
];

export function listFields(site: Site): Answer {
  return {
    status: 200,
    json: FIELDS.map(([id, name, type, items]) => {
      const customId = /^customfield_(\d+)$/.exec(id)?.[1];
      const origin =
        customId === undefined ? { system: id } : { custom: 'com.example:field', customId: Number(customId) };
      return {
        id,
        ...(site.deployment === 'cloud' ? { key: id } : {}),
        name,
        custom: customId !== undefined,
        orderable: true,
        navigable: true,
        searchable: true,
        clauseNames: customId === undefined ? [id] : [`cf[${customId}]`, name],
        ...(type === undefined ? {} : { schema: { type, ...(items === undefined ? {} : { items }), ...origin } }),
      };
    }),
  };
}
