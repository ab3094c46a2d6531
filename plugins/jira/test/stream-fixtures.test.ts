// Answers of real sites. They are not part of this package: JACKFIELD_FIXTURES names the folder that has them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Context } from '@jackfield/sdk';
import { directContext } from '../../../tests/support/plugin-context.ts';
import { richTextOf } from '../src/rich-text.ts';
import { issueRow } from '../src/streams/index.ts';
import { streamOf } from './stream-site.ts';
import { createStreamTable, expectRow } from './stream-table.ts';
import { tableRows } from './stream-truth.ts';

const root = process.env['JACKFIELD_FIXTURES'] ?? '';

function fixture(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, 'jira', name), 'utf8')) as Record<string, unknown>;
}

/** A site that answers each path with a file, and others with 404. */
function siteOf(answers: Readonly<Record<string, unknown>>): Context {
  const all: Record<string, unknown> = { '/rest/api/2/serverInfo': fixture('jira-cli_serverinfo.json'), ...answers };
  return {
    ...directContext({ baseUrl: `http://${crypto.randomUUID()}.example` }),
    fetch: async (input) => {
      const path = typeof input === 'string' ? (input.split('?', 1)[0] ?? '') : '';
      const json = path in all ? all[path] : { errorMessages: ['The board does not support sprints'], errors: {} };
      return Response.json(json, { status: path in all ? 200 : 400 });
    },
  };
}

describe.skipIf(root === '')('answers of real sites', () => {
  test('a document with everything the editor knows becomes lines of text', () => {
    const text = richTextOf(fixture('jira-cli_md.json')) ?? '';
    const lines = text.split('\n');
    expect(lines.slice(0, 5)).toEqual(['H1', 'H2', '1. Some text', '2. Some more text', 'Blockquote text']);
    expect(lines).toContain('Inline Nodehttps://antiklabs.atlassian.net/wiki/spaces/ANK/pages/124234/hello-world');
    expect(lines).toContain('Strong Paragraph 1');
    expect(lines).toContain('Person A');
    expect(text).not.toMatch(/\[object|undefined|null/);
  });

  test.each(['go-jira_sprints.json', 'jira-cli_sprints.json'])('the sprints of %s become rows', async (file) => {
    const sprints = fixture(file).values as {
      id: number;
      name: string;
      state: string;
      goal?: string;
      startDate?: string;
    }[];
    const boards = fixture('go-jira_all_boards.json');
    const table = createStreamTable(streamOf('sprints'));
    // Board 4 has them, the other scrum boards do not support sprints, the kanban boards are not asked.
    const ctx = siteOf({ '/rest/agile/1.0/board': boards, '/rest/agile/1.0/board/4/sprint': fixture(file) });
    await table.sync(ctx);
    expect(tableRows(table).map(({ id, name, state, goal, start }) => ({ id, name, state, goal, start }))).toEqual(
      sprints.map(({ id, name, state, goal = null, startDate }) => ({
        ...{ id, name, state, goal },
        start: startDate === undefined ? null : new Date(startDate).toISOString(),
      })),
    );
  });

  test.each(['jira-cli_boards.json', 'go-jira_all_boards_filtered.json'])('the boards of %s are read', async (file) => {
    const boards = fixture(file).values as { id: number; type: string }[];
    const board = boards.find(({ type }) => type === 'scrum');
    const table = createStreamTable(streamOf('sprints'));
    await table.sync(
      siteOf({
        '/rest/agile/1.0/board': fixture(file),
        [`/rest/agile/1.0/board/${board?.id}/sprint`]: fixture('go-jira_sprints.json'),
      }),
    );
    expect(table.rows.size).toBe(6);
  });

  test.each(['jira-cli_issue.json', 'jira-cli_issue-1.json', 'jira-cli_issue-2.json'])('%s becomes a row', (file) => {
    const { key, fields } = fixture(file) as { key: string; fields: Record<string, unknown> };
    const row = issueRow({ id: '10001', key, fields }, 'https://jira.example.com');
    expectRow(streamOf('issues'), row);
    expect(row).toMatchObject({ key, project: 'TEST', link: `https://jira.example.com/browse/${key}` });
    expect(row.created).toBe(new Date(String(fields.created)).toISOString());
  });

  test('the issues of a search become rows, whatever their fields leave out', () => {
    const { issues } = fixture('jira-cli_search.json') as {
      issues: { key: string; fields: Record<string, unknown> }[];
    };
    for (const { key, fields } of issues) {
      const row = issueRow({ id: '1', key, fields }, 'https://jira.example.com');
      expectRow(streamOf('issues'), row);
      expect(row.status).toBe((fields.status as { name: string }).name);
      expect(row.labels).toEqual(fields.labels);
    }
  });
});
