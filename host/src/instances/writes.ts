// What changes an instance, in the caller's transaction. Who commits it announces it.
import type { Audit, AuditEvent, ClientScope, Role } from '../access/index.ts';
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import type { InstanceEventKind, PluginVersion } from '../kernel/index.ts';
import type { References, Vault } from '../secrets/index.ts';
import type { Queryable } from '../store/index.ts';
import { audited } from './audited.ts';
import { applyPatch, insertNew } from './changes.ts';
import { refusingUnknownClient } from './client-finder.ts';
import { configSchemaOf } from './config-schema.ts';
import { parseCreate, parseUpdate, type UpdateInput } from './input.ts';
import { type InstanceMirror, type InstanceWrite, NO_MIRROR } from './mirror.ts';
import { type PluginFinder, pluginNamed, pluginOf } from './plugin-finder.ts';
import { deleteInstance, type InstanceRow, lockInstance, readInstance, readInstances } from './rows.ts';
import { fillReferences } from './sent-references.ts';
import { type InstanceView, toView } from './view.ts';

/** Who asks: only admins set references. */
export interface By {
  readonly role?: Role;
  readonly clients?: ClientScope;
  /** The mirror has the change already: it comes from there. */
  readonly isMirrored?: boolean;
}

export interface UpdateOptions extends By {
  /** Only when nobody changed the instance since. */
  readonly ifRevision?: number | undefined;
}

/** What was written, for whoever announces it. */
export interface Written {
  readonly row: InstanceRow;
  readonly kinds: readonly InstanceEventKind[];
  /** Its config was sent. */
  readonly isConfigured: boolean;
}

export interface InstanceWrites {
  /** For whoever changes several: all of them are locked before the first is written. */
  lock(trx: Queryable, ids: readonly string[]): Promise<void>;
  /** As the transaction sees them. */
  list(trx: Queryable, plugin: string): Promise<InstanceView[]>;
  create(trx: Queryable, input: unknown, by?: By): Promise<Written>;
  update(trx: Queryable, id: string, patch: unknown, options?: UpdateOptions): Promise<Written>;
  remove(trx: Queryable, id: string, by?: By): Promise<Written>;
}

export interface WritesParts {
  readonly vault: Vault;
  readonly references: References;
  readonly plugins: PluginFinder;
  readonly audit: Pick<Audit, 'record'>;
  readonly clock: Clock;
  readonly mirror?: InstanceMirror;
}

export function createWrites(parts: WritesParts): InstanceWrites {
  const { vault, references, plugins, audit, clock, mirror: other = NO_MIRROR } = parts;
  const opening = { vault, references };
  const now = (): Date => new Date(clock.now());
  const viewOf = (row: InstanceRow) => toView(row, plugins.find(row.plugin));
  const mirrorFor = ({ isMirrored = false }: By): InstanceMirror => (isMirrored ? NO_MIRROR : other);

  return {
    async lock(trx, ids) {
      for (const id of ids.toSorted()) await lockInstance(trx, id);
    },

    list: async (trx, plugin) => (await readInstances(trx, { plugin })).map(viewOf),

    async create(trx, input, by = {}) {
      const mirror = mirrorFor(by);
      const wanted = parseCreate(input);
      const plugin = pluginNamed(plugins, wanted.plugin);
      const schema = configSchemaOf(plugin);
      const sent = await fillReferences(wanted.config, schema.secretFields, references, by.role);
      const { references: sentReferences, config } = sent;
      const isLimited = (by.clients ?? 'all') !== 'all';
      const made = {
        input: wanted,
        plugin,
        parsed: schema.parse(config),
        references: sentReferences,
        at: now(),
        isLimited,
      };
      await mirror.begin(trx);
      const row = await refusingUnknownClient(wanted.clientId, insertNew(trx, made, vault));
      const after = viewOf(row);
      await mirror.wrote(trx, { after, secretsSent: new Set(made.parsed.secrets.keys()) });
      await audit.record(trx, { ...eventOf(row.id, 'create'), after: audited(after) });
      return { row, kinds: ['created'], isConfigured: true };
    },

    async update(trx, id, patch, options = {}) {
      const mirror = mirrorFor(options);
      const { ifRevision, role } = options;
      const wanted = parseUpdate(patch);
      await mirror.begin(trx);
      await lockInstance(trx, id);
      const row = await readInstance(trx, id);
      if (ifRevision !== undefined && ifRevision !== row.revision) throw outdated(row, ifRevision);
      const plugin = (): PluginVersion => pluginOf(plugins, row);
      const fields = wanted.config && configSchemaOf(plugin()).secretFields;
      const sent = wanted.config && fields && (await fillReferences(wanted.config, fields, references, role));
      const changing = applyPatch(trx, { row, input: wanted, sent, plugin, at: now() }, opening);
      await refusingUnknownClient(wanted.clientId, changing);
      const changed = await readInstance(trx, id);
      const [before, after] = [viewOf(row), viewOf(changed)];
      const secretsSent = new Set([...(fields ?? [])].filter((field) => Object.hasOwn(wanted.config ?? {}, field)));
      await mirror.wrote(trx, { before, after, secretsSent });
      const change = { before: audited(before), after: audited(after, wanted.config) };
      const kinds = kindsOf(row, changed, wanted);
      for (const kind of kinds) await audit.record(trx, { ...eventOf(id, ACTS[kind]), ...change });
      return { row: changed, kinds, isConfigured: wanted.config !== undefined };
    },

    async remove(trx, id, by = {}) {
      const mirror = mirrorFor(by);
      await mirror.begin(trx);
      await lockInstance(trx, id);
      const row = await readInstance(trx, id);
      await deleteInstance(trx, id);
      const write: InstanceWrite = { before: viewOf(row), secretsSent: new Set() };
      await mirror.wrote(trx, write);
      await audit.record(trx, { ...eventOf(id, 'delete'), before: audited(viewOf(row)) });
      return { row, kinds: ['deleted'], isConfigured: false };
    },
  };
}

function kindsOf(before: InstanceRow, after: InstanceRow, patch: UpdateInput): InstanceEventKind[] {
  const switched = before.enabled !== after.enabled;
  const { enabled: _, ...rest } = patch;
  const updated = !switched || Object.keys(rest).length > 0;
  return [
    ...(updated ? (['updated'] as const) : []),
    ...(switched ? ([after.enabled ? 'enabled' : 'disabled'] as const) : []),
  ];
}

const ACTS = {
  created: 'create',
  updated: 'change',
  enabled: 'enable',
  disabled: 'disable',
  deleted: 'delete',
} as const satisfies Record<InstanceEventKind, string>;

function eventOf(id: string, act: string): AuditEvent {
  return { action: `instance.${act}`, entity: { kind: 'instance', id }, instanceId: id };
}

function outdated(row: InstanceRow, expected: number): Problem {
  const detail = `instance "${row.id}" is at revision ${row.revision}, the change was made for revision ${expected}`;
  return new Problem('conflict', detail, { instanceId: row.id });
}
