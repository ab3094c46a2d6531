// Ids of systems that hide in the JSON of dashboards: each becomes the plugin and the instance, or is flagged.
import { isRecord } from './cells.ts';

/** What a system of the old world is here. */
export interface Place {
  readonly plugin: string;
  /** Its own, or those of a system that is only a name over them. Empty: all of the plugin. */
  readonly instanceIds: readonly string[];
}

/** Undefined: there is nothing of that id, or it could not be moved. */
export type Resolve = (kind: 'system' | 'dataSource', id: string) => Place | undefined;

export interface Flag {
  /** JSON pointer. */
  readonly pointer: string;
  readonly id: string;
}

export interface Rewritten {
  readonly document: unknown;
  /** Ids that nothing here has: they stay as they are. */
  readonly flags: readonly Flag[];
  readonly rewritten: number;
}

const SYSTEM_IDS = /^(systemId|externalSystemId|integrationEngineSystemId|system_id|external_system_id)$/;
const SOURCE_IDS = /^(dataSourceId|externalDataSourceId|data_source_id)$/;

export function rewriteSystemIds(document: unknown, resolve: Resolve): Rewritten {
  const flags: Flag[] = [];
  let rewritten = 0;
  const walk = (value: unknown, pointer: string): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => walk(item, `${pointer}/${index}`));
    if (!isRecord(value)) return value;
    const next: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(value)) {
      const at = `${pointer}/${name}`;
      const kind = SYSTEM_IDS.test(name) ? 'system' : SOURCE_IDS.test(name) ? 'dataSource' : undefined;
      const id = kind === undefined ? undefined : idOf(item);
      const place = kind === undefined || id === undefined ? undefined : resolve(kind, id);
      if (place !== undefined) {
        rewritten += 1;
        next['pluginName'] = place.plugin;
        const [only, ...others] = place.instanceIds;
        if (others.length > 0) next['instanceIds'] = place.instanceIds;
        else if (only !== undefined) next['instanceId'] = only;
        continue;
      }
      if (id !== undefined) flags.push({ pointer: at, id });
      next[name] = walk(item, at);
    }
    return next;
  };
  return { document: walk(document, ''), flags, rewritten };
}

function idOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isInteger(value)) return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** The system that a card is about: its own, that of its config, or of the widget that it was made from. */
export function placeOfCard(card: Readonly<Record<string, unknown>>, resolve: Resolve): Place | undefined {
  for (const [name, value] of entriesWithin(card)) {
    const kind = SYSTEM_IDS.test(name) ? 'system' : SOURCE_IDS.test(name) ? 'dataSource' : undefined;
    const id = kind === undefined ? undefined : idOf(value);
    const place = kind === undefined || id === undefined ? undefined : resolve(kind, id);
    if (place !== undefined) return place;
  }
  return undefined;
}

/** Whether an id of the old world is anywhere in it. */
export function hasSystemId(card: Readonly<Record<string, unknown>>): boolean {
  return entriesWithin(card).some(
    ([name, value]) => (SYSTEM_IDS.test(name) || SOURCE_IDS.test(name)) && idOf(value) !== undefined,
  );
}

/** Of the card itself first. */
function entriesWithin(card: Readonly<Record<string, unknown>>): [string, unknown][] {
  const own = Object.entries(card);
  return [...own, ...own.flatMap(([, value]) => (isRecord(value) ? entriesWithin(value) : []))];
}
