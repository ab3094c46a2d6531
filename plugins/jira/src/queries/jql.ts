import { columns } from '@jackfield/sdk';
import { complaining } from '../complaint.ts';
import { dynamicQuery, param } from '../config.ts';
import { cellOf, columnOf } from '../field-value.ts';
import { chooseFields, ID, KEY, readFields, type Field } from '../fields.ts';
import type { Issue } from '../issue.ts';
import { inProjects } from '../jql.ts';
import { restrictJql } from '../jql-text.ts';
import { searchIssues } from '../search.ts';

const USUAL_FIELDS = [
  ...['key', 'summary', 'issuetype', 'status', 'priority', 'assignee', 'reporter'],
  ...['created', 'updated', 'duedate', 'resolutiondate'],
] as const;

export const jql = dynamicQuery({
  title: 'Any JQL',
  description:
    'The issues that a JQL search finds, with the fields that are asked for. It is restricted to the projects of the connection.',
  role: 'engineer',
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['jql'],
    properties: {
      jql: {
        type: 'string',
        minLength: 1,
        maxLength: 10_000,
        contentMediaType: 'application/jql',
        title: 'JQL',
        description: 'With or without ORDER BY.',
      },
      fields: {
        type: 'array',
        minItems: 1,
        maxItems: 50,
        uniqueItems: true,
        items: { type: 'string', minLength: 1, maxLength: 255 },
        default: USUAL_FIELDS,
        title: 'Fields',
        description: 'Ids or names of fields; "key" and "id" are the issue\'s own.',
      },
      projects: param.projects,
      limit: param.rowLimit,
    },
  },
  columns: 'dynamic',
  cache: '30s',
  async *rows(ctx, params) {
    const fields = chooseFields(await readFields(ctx), params.fields);
    yield columns(columnsOf(fields));
    const search = {
      jql: restrictJql(params.jql, inProjects(ctx, params.projects), 'ORDER BY created DESC, key DESC'),
      fields: askedOf(fields),
      limit: params.limit,
    };
    for await (const issues of searchIssues(complaining(ctx, 'params_invalid', 'jql'), search)) {
      yield issues.map((issue) => rowOf(issue, fields));
    }
  },
});

const COLUMN_NAME = /^[a-zA-Z][a-zA-Z0-9_]{0,59}$/;

/** The ids of fields are the names of columns: other than names, they stay. */
function columnsOf(fields: readonly Field[]): Record<string, ReturnType<typeof columnOf>> {
  return Object.fromEntries(fields.map((field, index) => [columnName(field, index), columnOf(field)]));
}

function columnName({ id }: Field, index: number): string {
  return COLUMN_NAME.test(id) ? id : `field_${index + 1}`;
}

/** Cloud answers an issue without its key when no field is asked for. */
function askedOf(fields: readonly Field[]): string[] {
  const ids = fields.filter((field) => field !== KEY && field !== ID).map(({ id }) => id);
  return ids.length > 0 ? ids : ['summary'];
}

function rowOf(issue: Issue, fields: readonly Field[]): Record<string, unknown> {
  const cell = (field: Field): unknown => {
    if (field === KEY) return issue.key;
    return field === ID ? issue.id : cellOf(field, issue.fields[field.id]);
  };
  return Object.fromEntries(fields.map((field, index) => [columnName(field, index), cell(field)]));
}
