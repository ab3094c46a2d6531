// Projects, worklogs and sprints.
import { isVendorError } from '@jackfield/sdk';
import { describe, expect, test } from 'vitest';
import { MINUTE, PRODUCTS, startLivingSite, streamOf } from './stream-site.ts';
import { createStreamTable } from './stream-table.ts';
import { tableRows, time, worklogRows } from './stream-truth.ts';

describe.each(PRODUCTS)('on %s', (_name, deployment) => {
  describe('projects', () => {
    test('come in their states; Data Center has no trash', async () => {
      await using living = await startLivingSite({ deployment, issues: 50 });
      const { site, ctx } = living;
      const table = createStreamTable(streamOf('projects'));
      await table.sync(ctx());
      const known = site.projects.filter(({ state }) => deployment === 'cloud' || state !== 'deleted');
      expect(
        tableRows(table).map(({ id, key, name, type, state, stateSince }) => [id, key, name, type, state, stateSince]),
      ).toEqual(
        known.map(({ id, key, name, type, state, stateSince }) => [
          ...[Number(id), key, name, type, state],
          stateSince === null || deployment === 'dc' ? tableSince(table, id) : time(stateSince),
        ]),
      );
      for (const row of tableRows(table)) expect(row.lead).toBeTypeOf('string');
    });

    test('an archived one stays with its new state, an erased one goes', async () => {
      await using living = await startLivingSite({ deployment, issues: 20 });
      const { site, ctx } = living;
      const table = createStreamTable(streamOf('projects'));
      await table.sync(ctx());
      const before = table.rows.size;
      site.changes.setProject('SOC', 'archived');
      site.changes.eraseProject('ONB');
      await table.sync(ctx());
      expect(table.rows.get('[10001]')).toMatchObject({ key: 'SOC', state: 'archived' });
      expect(table.rows.has('[10004]')).toBe(false);
      expect(table.rows.size).toBe(before - 1);
    });

    test('more than a page of them come', async () => {
      await using living = await startLivingSite({ deployment, issues: 1 });
      const { site, ctx } = living;
      for (let index = 0; index < 230; index++) {
        site.projects.push({
          ...(site.projects[0] as (typeof site.projects)[number]),
          id: String(20_000 + index),
          key: `P${index}`,
        });
      }
      const table = createStreamTable(streamOf('projects'));
      await table.sync(ctx());
      expect(table.rows.size).toBe(site.projects.length - (deployment === 'dc' ? 1 : 0));
    });

    test('only the configured ones come', async () => {
      await using living = await startLivingSite({ deployment, issues: 1 });
      const table = createStreamTable(streamOf('projects'));
      await table.sync(living.ctx({ config: { projects: ['NET', 'OLD'] } }));
      expect(tableRows(table).map(({ key }) => key)).toEqual(['NET', 'OLD']);
    });

    test('to an account whose token ended none is gone', async () => {
      await using living = await startLivingSite({ deployment, issues: 1 });
      const table = createStreamTable(streamOf('projects'));
      await table.sync(living.ctx());
      const { size } = table.rows;
      living.site.faults.add('anonymous');
      await expect(table.sync(living.ctx())).rejects.toMatchObject({ code: 'auth_failed' });
      expect(table.rows.size).toBe(size);
    });
  });

  describe('worklogs', () => {
    test('come once, changes and deletions follow', async () => {
      await using living = await startLivingSite({ deployment, issues: 4000 });
      const { site, ctx, wait } = living;
      const table = createStreamTable(streamOf('worklogs'));
      await table.sync(ctx());
      expect(tableRows(table)).toEqual(worklogRows(site));
      expect(table.yielded).toBeLessThan(site.worklogs.size + 10);
      wait(10 * MINUTE);
      const [first, second] = [...site.worklogs.keys()];
      const added = site.changes.logWork('20001', 1800);
      site.changes.editWorklog(first ?? 0, 60);
      site.changes.removeWorklog(second ?? 0);
      await table.sync(ctx());
      // Jira holds back the last minute.
      expect(table.rows.has(`[${added.id}]`)).toBe(false);
      expect(table.rows.has(`[${second}]`)).toBe(true);
      wait(5 * MINUTE);
      const before = table.yielded;
      await table.sync(ctx());
      expect(tableRows(table)).toEqual(worklogRows(site));
      expect(table.yielded - before).toBeLessThan(10);
    });

    test('a worklog that is deleted while it is read does not stay', async () => {
      await using living = await startLivingSite({ deployment, issues: 100 });
      const { site, ctx, wait } = living;
      const table = createStreamTable(streamOf('worklogs'));
      const [victim = 0] = [...site.worklogs.keys()];
      site.beforeCall = ({ path }) => {
        if (path.endsWith('/worklog/deleted') && site.worklogs.has(victim)) site.changes.removeWorklog(victim);
      };
      await table.sync(ctx());
      expect(table.rows.has(`[${victim}]`)).toBe(true);
      wait(5 * MINUTE);
      await table.sync(ctx());
      expect(tableRows(table)).toEqual(worklogRows(site));
    });

    test('only those on issues of the configured projects come', async () => {
      await using living = await startLivingSite({ deployment, issues: 200 });
      const { site } = living;
      const table = createStreamTable(streamOf('worklogs'));
      await table.sync(living.ctx({ config: { projects: ['NET'] } }));
      const inNet = new Set(site.issues.filter(({ project }) => project.key === 'NET').map(({ id }) => Number(id)));
      expect(tableRows(table)).toEqual(worklogRows(site).filter(({ issueId }) => inNet.has(Number(issueId))));
      expect(table.rows.size).toBeGreaterThan(0);
    });

    test('to an account whose token ended nothing happened', async () => {
      await using living = await startLivingSite({ deployment, issues: 50, faults: ['anonymous'] });
      const table = createStreamTable(streamOf('worklogs'));
      await expect(table.sync(living.ctx())).rejects.toMatchObject({ code: 'auth_failed' });
      expect(table.cursor).toBeNull();
    });
  });

  describe('sprints', () => {
    test('of all boards come once, kanban boards and those without sprints are passed over', async () => {
      await using living = await startLivingSite({ deployment, issues: 1 });
      const { site, ctx } = living;
      const table = createStreamTable(streamOf('sprints'));
      await table.sync(ctx());
      const expected = site.sprints.map((sprint) => ({
        id: sprint.id,
        name: sprint.name,
        state: sprint.state,
        goal: sprint.goal,
        boardId: sprint.boardId,
        start: sprint.start === null ? null : time(sprint.start),
        end: sprint.end === null ? null : time(sprint.end),
        completed: sprint.completed === null ? null : time(sprint.completed),
      }));
      expect(tableRows(table)).toEqual(expected.toSorted((a, b) => a.id - b.id));
      expect(table.yielded).toBe(expected.length);
      const kanban = site.requests.filter(({ status }) => status === 400).map(({ path }) => path);
      expect(kanban.every((path) => path.includes('/sprint?'))).toBe(true);
    });

    test('one that was deleted goes', async () => {
      await using living = await startLivingSite({ deployment, issues: 1 });
      const table = createStreamTable(streamOf('sprints'));
      await table.sync(living.ctx());
      const [gone] = living.site.sprints.splice(3, 1);
      await table.sync(living.ctx());
      expect(table.rows.has(`[${gone?.id}]`)).toBe(false);
      expect(table.rows.size).toBe(living.site.sprints.length);
    });

    test('only those of boards of the configured projects come', async () => {
      await using living = await startLivingSite({ deployment, issues: 1 });
      const table = createStreamTable(streamOf('sprints'));
      await table.sync(living.ctx({ config: { projects: ['ONB', 'OLD'] } }));
      const keys = new Set(tableRows(table).map(({ boardId }) => Number(boardId)));
      expect(table.rows.size).toBeGreaterThan(0);
      expect(table.rows.size).toBeLessThan(living.site.sprints.length);
      expect(keys.has(7)).toBe(true);
    });

    test.each(['no-agile', 'anonymous', '503', 'truncated'] as const)('under %s none goes', async (fault) => {
      await using living = await startLivingSite({ deployment, issues: 1 });
      const table = createStreamTable(streamOf('sprints'));
      await table.sync(living.ctx());
      const { size } = table.rows;
      living.site.faults.add(fault);
      const outcome = await table.sync(living.ctx()).catch((error: unknown) => error);
      expect(fault === 'no-agile' ? outcome === undefined : isVendorError(outcome)).toBe(true);
      expect(table.rows.size).toBe(size);
    });
  });
});

function tableSince(table: ReturnType<typeof createStreamTable>, id: string): unknown {
  return table.rows.get(`[${id}]`)?.stateSince;
}

test('every stream has the same columns and the same rows on both products', async () => {
  await using cloud = await startLivingSite({ deployment: 'cloud', issues: 100 });
  await using dataCenter = await startLivingSite({ deployment: 'dc', issues: 100 });
  /** What one product does not tell, or tells about itself. */
  const own = new Set(['link', 'stateSince', 'issues', 'lastUpdate']);
  for (const id of ['issues', 'projects', 'worklogs', 'sprints']) {
    const tables = await Promise.all(
      [cloud, dataCenter].map(async ({ ctx }) => {
        const table = createStreamTable(streamOf(id));
        await table.sync(ctx());
        return tableRows(table)
          .filter(({ state }) => id !== 'projects' || state !== 'deleted')
          .map((row) => Object.entries(row).map(([name, cell]) => [name, own.has(name) ? null : cell]));
      }),
    );
    expect(tables[0]?.length, id).toBeGreaterThan(3);
    expect(tables[1], id).toEqual(tables[0]);
  }
});
