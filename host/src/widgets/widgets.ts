// Widgets: made, changed and deleted. What one shows is checked when it changes, so that a title can be changed while a plugin is gone.
import { randomBytes } from 'node:crypto';
import type { Audit, AuditEvent } from '../access/index.ts';
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { mergePatch } from '../merge-patch.ts';
import { idsFor } from '../slug.ts';
import type { Queryable, Store } from '../store/index.ts';
import { assertRoom, nextPosition } from './dashboard-rows.ts';
import { NO_MIRROR, type WidgetMirror } from './mirror.ts';
import { parseWidget, parseWidgetPatch, type WidgetInput } from './input.ts';
import {
  deleteWidget,
  insertWidget,
  readWidget,
  readWidgets,
  replaceWidget,
  type PlacedWidget,
  type Widget,
  type WidgetFilter,
  widgetNotFound,
} from './rows.ts';
import { assertMayAsk, runsAsAfter } from './rights.ts';
import { assertNone, instanceErrors, positionErrors, sourceErrors, type ValidityParts } from './validity.ts';
import { type By, reachOf, seenBy } from './seen.ts';
import { toView, type WidgetView } from './view.ts';

export interface WidgetsParts extends ValidityParts {
  readonly store: Pick<Store, 'db' | 'readAs' | 'transact'>;
  readonly limits: Limits;
  readonly audit: Pick<Audit, 'record'>;
  readonly clock: Clock;
  /** Where every change is written too. */
  readonly mirror?: WidgetMirror;
}

export interface Widgets {
  list(filter: WidgetFilter & Pick<By, 'clients'>): Promise<WidgetView[]>;
  get(id: string, by: Omit<By, 'role'>): Promise<WidgetView>;
  /**
   * See `createWidgetSchema`.
   * @throws Problem `permission_denied` when its query needs a higher role; so `update`.
   */
  create(input: unknown, by: By): Promise<WidgetView>;
  /** See `updateWidgetSchema`. With `ifRevision`, only when nobody changed the widget since. */
  update(id: string, patch: unknown, options: UpdateOptions): Promise<WidgetView>;
  remove(id: string): Promise<void>;
}

export interface UpdateOptions extends By {
  readonly ifRevision?: number | undefined;
}

/** Tries to write a change over one that came in between. */
const ATTEMPTS = 5;

/** Members whose change is a change of what is shown. */
const SOURCE = ['template', 'query', 'view', 'params', 'columns', 'x', 'y'];

export function createWidgets(parts: WidgetsParts): Widgets {
  const { plugins, instances, limits, audit, clock, mirror = NO_MIRROR } = parts;
  const { db } = parts.store;
  const now = (): string => new Date(clock.now()).toISOString();
  const viewOf = async (id: string, by: Omit<By, 'role'>): Promise<WidgetView> => {
    const view = toView(plugins, await parts.store.readAs(reachOf(by), (seen) => readWidget(seen, id)));
    const [seen = view] = await seenBy(instances, by.clients, [view]);
    return seen;
  };

  async function assertSound(input: WidgetInput, sent: object, { clients }: By): Promise<void> {
    const changes = (names: readonly string[]): boolean => names.some((name) => Object.hasOwn(sent, name));
    const errors = [
      ...(changes(SOURCE) ? sourceErrors(parts, input) : []),
      ...(changes(['instances']) ? await instanceErrors(parts, input.plugin, input.instances, clients) : []),
      ...(input.position === null ? [] : positionErrors(input.position, '/position')),
    ];
    assertNone(errors, 'the widget');
    assertSmall(input, limits.widgets.settingsBytes);
  }

  /** Finds the place in the same transaction that writes it. */
  async function placed(
    trx: Queryable,
    { position, ...input }: WidgetInput,
    rest: Pick<Widget, 'id' | 'runsAs' | 'revision' | 'createdAt' | 'updatedAt'>,
  ): Promise<Widget> {
    return { ...input, ...rest, position: position ?? (await nextPosition(trx, input.dashboardId)) };
  }

  return {
    async list(filter) {
      const widgets = await parts.store.readAs(filter.clients, (seen) => readWidgets(seen, filter));
      const views = widgets.map((widget) => toView(plugins, widget));
      return seenBy(instances, filter.clients, views);
    },

    get: viewOf,

    async create(body, by) {
      const input = parseWidget(body);
      assertMayAsk(plugins, input, by.role);
      await assertSound(input, { instances: true, template: true }, by);
      const [id = newId()] = idsFor(input.id, newId(), by.clients !== 'all');
      const at = now();
      await parts.store.transact(async (trx) => {
        await mirror.begin(trx);
        if (input.dashboardId !== null) await assertRoom(trx, input.dashboardId, limits.widgets.perDashboard);
        const widget = await placed(trx, input, { id, runsAs: by.role, revision: 1, createdAt: at, updatedAt: at });
        if (!(await insertWidget(trx, widget))) throw taken(id);
        await mirror.wrote(trx, { after: widget });
        await audit.record(trx, { ...eventOf(id, 'create'), after: widget });
      });
      return viewOf(id, by);
    },

    async update(id, patch, { role, clients, ifRevision }) {
      const sent = parseWidgetPatch(patch);
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        const before = await readWidget(db, id);
        if (ifRevision !== undefined && ifRevision !== before.revision) throw outdated(before, ifRevision);
        const { runsAs: _, revision, createdAt, updatedAt: __, around: ___, ...settings } = before;
        const input = parseWidget(mergePatch(settings, sent));
        const runsAs = runsAsAfter(plugins, { before, after: input, sent, role });
        await assertSound(input, sent, { role, clients });
        const moves = input.dashboardId !== before.dashboardId;
        const written = await parts.store.transact(async (trx) => {
          await mirror.begin(trx);
          if (moves && input.dashboardId !== null)
            await assertRoom(trx, input.dashboardId, limits.widgets.perDashboard);
          const rest = { id, runsAs, revision: revision + 1, createdAt, updatedAt: now() };
          const after = await placed(trx, input, rest);
          if (!(await replaceWidget(trx, after, revision))) return false;
          const { around: ____, ...was } = before;
          await mirror.wrote(trx, { before: was, after });
          await audit.record(trx, { ...eventOf(id, 'change'), before: was, after });
          return true;
        });
        if (written) return viewOf(id, { clients });
      }
      throw new Problem('conflict', `others keep changing the widget "${id}"`);
    },

    remove: (id) => remove(parts, id),
  };
}

async function remove({ store: { transact }, audit, mirror = NO_MIRROR }: WidgetsParts, id: string): Promise<void> {
  await transact(async (trx) => {
    await mirror.begin(trx);
    const { around: _, ...before } = await readWidget(trx, id);
    if (!(await deleteWidget(trx, id))) throw widgetNotFound(id);
    await mirror.wrote(trx, { before });
    await audit.record(trx, { ...eventOf(id, 'delete'), before });
  });
}

function eventOf(id: string, act: string): AuditEvent {
  return { action: `widget.${act}`, entity: { kind: 'widget', id } };
}

function newId(): string {
  return `w-${randomBytes(8).toString('hex')}`;
}

function assertSmall({ params, view }: WidgetInput, most: number): void {
  const bytes = Buffer.byteLength(JSON.stringify([params, view]));
  if (bytes <= most) return;
  const errors = [{ pointer: view === null ? '/params' : '/view', message: `has ${bytes} bytes, the most is ${most}` }];
  throw new Problem('config_invalid', 'the widget is too large', { errors });
}

function taken(id: string): Problem {
  const errors = [{ pointer: '/id', message: 'is taken' }];
  return new Problem('conflict', `there is a widget "${id}" already`, { errors, next: 'Choose another id.' });
}

function outdated({ id, revision }: PlacedWidget, expected: number): Problem {
  return new Problem(
    'conflict',
    `widget "${id}" is at revision ${revision}, the change was made for revision ${expected}`,
  );
}
