// Whether the old tables and what is here say the same of a plugin: what an import of now would write is held against what there is.
import { isDeepStrictEqual } from 'node:util';
import type { PluginVersion } from '../../kernel/index.ts';
import { readTemplates, readParameters } from '../../clients/index.ts';
import { readStored, type StoredInstance } from '../../instances/index.ts';
import type { Queryable } from '../../store/index.ts';
import { effectiveWidget, readWidgets, type WidgetSettings } from '../../widgets/index.ts';
import type { Answers, Difference, Field, Parities, ParityReport } from '../parity-report.ts';
import { booleanOf } from './cells.ts';
import { type ImportParts, planHere } from './import.ts';
import type { Step, TargetKind } from './planning.ts';
import type { WriteInstance, WriteWidget, Writes } from './writes.ts';

/** In the places of secrets that are not the same. */
const ONE = '[a secret]';
const ANOTHER = '[another secret]';

export function createParities(parts: ImportParts, answers: Answers): Parities {
  const { store, vault, plugins } = parts;
  return async (names) => {
    const all = await planHere(parts);
    const stored = new Map((await readStored(store.db, vault)).map((one) => [one.row.id, one]));
    const reports = new Map<string, ParityReport>();
    for (const name of names) {
      const version = plugins.list().find(({ manifest }) => manifest.name === name);
      if (version === undefined) {
        const field = { table: 'external_systems', key: '*', field: '*', legacy: `rows of "${name}"` };
        reports.set(name, { differences: [{ ...field, plugin: 'the plugin is missing' }] });
        continue;
      }
      const steps = all.filter((step) => step.plugin === name);
      const differences: Difference[] = [];
      const same: Step[] = [];
      for (const step of steps) {
        const { table, id } = step.found;
        const fields = await fieldsOf({ db: store.db, version, stored }, step);
        differences.push(...fields.map((field) => ({ table, key: id, ...field })));
        if (fields.length === 0 && isAnswered(step)) same.push(step);
      }
      const told = await answersOf(answers, same);
      const unknown = [...unknownInstances(all, stored, name), ...(await unknownWidgets(store.db, all, version))];
      reports.set(name, { differences: [...differences, ...told, ...unknown] });
    }
    return reports;
  };
}

/** Of a row that is here as it says. One that does not fit was switched off by the import, and waits for a person. */
function isAnswered({ outcome, wanted }: Step): boolean {
  const isFaulty = wanted.some((write) => write.kind === 'instance' && write.fault !== undefined);
  return outcome !== 'quarantined' && wanted.length > 0 && !isFaulty;
}

async function answersOf(answers: Answers, steps: readonly Step[]): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const [table, own] of Map.groupBy(steps, ({ found }) => found.table)) {
    for (const [id, fields] of await answers(
      table,
      own.map(({ found }) => Number(found.id)).filter(Number.isInteger),
    )) {
      differences.push(...fields.map((field) => ({ table, key: String(id), ...field })));
    }
  }
  return differences;
}

interface Here {
  readonly db: Queryable;
  readonly version: PluginVersion | undefined;
  readonly stored: ReadonlyMap<string, StoredInstance>;
}

async function fieldsOf(here: Here, step: Step): Promise<Field[]> {
  if (step.outcome === 'quarantined') return [];
  // Without a link, a row that is switched off was deleted on purpose.
  const isGone = booleanOf(step.found.row['is_active'] ?? true) === false;
  // Parameters are there or not, whoever has written them: a row that says them needs no link.
  const isLinkless = step.wanted.every(({ kind }) => kind === 'parameters' || kind === 'defaults');
  if (step.known === undefined && !isLinkless) return isGone ? [] : [{ field: '*', legacy: 'a row', plugin: null }];
  const fields: Field[] = [];
  for (const write of step.wanted) fields.push(...(await compared(here, write, isGone)));
  return fields;
}

async function compared(here: Here, write: Writes, isGone: boolean): Promise<Field[]> {
  switch (write.kind) {
    case 'instance':
      return instanceFields(here, write, isGone);
    case 'parameters':
      return recordFields('metadata', write.parameters, await readParameters(here.db, write.clientId));
    case 'defaults': {
      const own = (await readTemplates(here.db)).find(({ plugin }) => plugin === write.plugin)?.parameters ?? {};
      return recordFields('default_mapping', write.parameters, own);
    }
    case 'widget':
      return widgetFields(here, write);
    case 'client':
    case 'dashboard':
      // Dashboards are of the new world once they are here: nothing of them is written to the old one.
      return [];
  }
}

function instanceFields({ version, stored }: Here, write: WriteInstance, isGone: boolean): Field[] {
  const here = stored.get(write.id);
  if (here === undefined) return isGone ? [] : [{ field: '*', legacy: 'a row', plugin: null }];
  const { row } = here;
  if (write.fault !== undefined) {
    // It was switched off because the row does not fit; once it works, the row is behind.
    return row.enabled ? [{ field: 'auth_config', legacy: write.fault, plugin: 'an instance that works' }] : [];
  }
  const isDefault = (field: string, value: unknown): boolean =>
    isDeepStrictEqual(version?.manifest.config.properties[field]?.['default'], value);
  // As the import writes it; what people write may end in a slash.
  const address = version?.manifest.network.baseUrl;
  const config = [...new Set([...Object.keys(write.config), ...Object.keys(row.config)])].flatMap((field) => {
    const [legacy, plugin] = [write.config[field], row.config[field]].map((value) =>
      field === address && typeof value === 'string' ? value.replace(/\/+$/, '') : value,
    );
    if (isDeepStrictEqual(legacy, plugin)) return [];
    if (legacy === undefined ? isDefault(field, plugin) : plugin === undefined && isDefault(field, legacy)) return [];
    return [differing(`config/${field}`, legacy, plugin)];
  });
  return [
    ...plainField('name', write.name, row.name),
    ...plainField('client_id', write.clientId, row.client_id),
    ...plainField('is_active', write.enabled, row.enabled),
    ...config,
    ...secretFields(write, here),
  ];
}

/** Opened and compared; what differs is named, and never shown. */
function secretFields({ secrets, kept }: WriteInstance, { secrets: stored, references }: StoredInstance): Field[] {
  const has = (field: string): boolean => stored.has(field) || references.has(field);
  const said = new Set([...secrets.keys(), ...kept]);
  const wrong = [...said].filter((field) => {
    const secret = secrets.get(field);
    return !has(field) || (secret !== undefined && !references.has(field) && stored.get(field) !== secret);
  });
  const unsaid = [...stored.keys(), ...references].filter((field) => !said.has(field));
  return [
    ...wrong.map((field) => differing(`config/${field}`, ONE, has(field) ? ANOTHER : null)),
    ...unsaid.map((field) => differing(`config/${field}`, null, ONE)),
  ];
}

/** What it shows, and not how that is said. Where it stands, and of which instances it is, the old table could not say. */
async function widgetFields({ db, version }: Here, write: WriteWidget): Promise<Field[]> {
  const [here] = await readWidgets(db, { id: write.id });
  if (here === undefined) return [{ field: '*', legacy: 'a row', plugin: null }];
  const { show, template, query, title, params, refreshMs, plugin, instances } = write;
  const settings = { template, query, title, params, refreshMs, plugin, instances };
  const nothing = { view: null, columns: null, x: null, y: null };
  const [old, own] = [effective(version, { ...settings, ...nothing, kind: show }), effective(version, here)];
  return (['title', 'kind', 'query', 'params', 'refreshMs'] as const).flatMap((field) =>
    plainField(field, old?.[field], own?.[field]),
  );
}

function effective(version: PluginVersion | undefined, settings: WidgetSettings) {
  return version && effectiveWidget(version.manifest, settings, 60_000);
}

function recordFields(
  column: string,
  legacy: Readonly<Record<string, unknown>>,
  plugin: Readonly<Record<string, unknown>>,
): Field[] {
  return Object.entries(legacy).flatMap(([name, value]) => plainField(`${column}/${name}`, value, plugin[name]));
}

function plainField(field: string, legacy: unknown, plugin: unknown): Field[] {
  return isDeepStrictEqual(legacy, plugin) ? [] : [differing(field, legacy, plugin)];
}

function differing(field: string, legacy: unknown, plugin: unknown): Field {
  return { field, legacy: legacy ?? null, plugin: plugin ?? null };
}

/** Instances that are in use, and that no row stands for. */
function unknownInstances(
  steps: readonly Step[],
  stored: ReadonlyMap<string, StoredInstance>,
  plugin: string,
): Difference[] {
  const linked = targetsOf(steps, 'instance');
  return [...stored.values()]
    .filter(({ row }) => row.plugin === plugin && row.enabled && !linked.has(row.id))
    .map(({ row }) => ({
      ...{ table: 'external_system_instances', key: row.id, field: '*' },
      ...{ legacy: null, plugin: 'an instance' },
    }));
}

/** Widgets that stand on no dashboard, and that no row stands for, though both shapes are written. */
async function unknownWidgets(db: Queryable, steps: readonly Step[], version: PluginVersion): Promise<Difference[]> {
  const { name: plugin } = version.manifest;
  const move = db.selectFrom('legacy_mode').select('mode').where('plugin', '=', plugin);
  if (((await move.executeTakeFirst())?.mode ?? 'legacy') === 'legacy') return [];
  const linked = targetsOf(steps, 'widget');
  return (await readWidgets(db, { plugin }))
    .filter((widget) => widget.dashboardId === null && !linked.has(widget.id))
    .filter((widget) => effective(version, widget)?.query !== undefined)
    .map(({ id }) => ({
      ...{ table: 'external_widget_templates', key: id, field: '*' },
      ...{ legacy: null, plugin: 'a widget' },
    }));
}

function targetsOf(steps: readonly Step[], wanted: TargetKind): ReadonlySet<string> {
  return new Set(steps.flatMap(({ targets }) => targets.flatMap(({ kind, id }) => (kind === wanted ? [id] : []))));
}
