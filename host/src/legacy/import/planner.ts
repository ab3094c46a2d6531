// What the planners of the tables share: the steps so far, the ids that are taken, and what old ids have become.
import type { PluginVersion } from '../../kernel/index.ts';
import { idFromName } from '../../slug.ts';
import { textOf } from './cells.ts';
import type { FoundRow, OldRows } from './found-tables.ts';
import { planStep } from './plan-step.ts';
import { keyOf, type Known, rowKey, type State, type Step, type TargetKind, type Wish } from './planning.ts';
import { foldName } from './system-names.ts';
import type { Place } from './system-ids.ts';

type IdKind = Extract<TargetKind, 'instance' | 'widget' | 'dashboard' | 'client'>;

export class Planner {
  readonly rows: OldRows;
  readonly state: State;
  readonly steps: Step[] = [];
  /** What systems, their instances and data sources are here, by old id. */
  readonly systems: Map<string, Place> = new Map();
  readonly instances: Map<string, Place> = new Map();
  readonly sources: Map<string, Place> = new Map();
  readonly #taken: Readonly<Record<IdKind, Set<string>>>;
  readonly #clients = new Map<string, string | undefined>();

  constructor(rows: OldRows, state: State) {
    this.rows = rows;
    this.state = state;
    this.#taken = {
      instance: new Set(state.instances.keys()),
      widget: new Set(state.widgets),
      dashboard: new Set(state.dashboards),
      client: new Set(state.clients.map(({ id }) => id)),
    };
  }

  add(found: FoundRow, wish: Wish): void {
    this.steps.push(planStep(this.state, found, wish));
  }

  known(found: FoundRow): Known | undefined {
    return this.state.ledger.get(rowKey(found));
  }

  plugin(name: string): PluginVersion | undefined {
    return this.state.plugins.find(({ manifest }) => manifest.name === name);
  }

  /** The id that the row had before, else the one that is wanted, else one that nothing has. `nth`: of several targets of one row. */
  idOf(found: FoundRow, kind: IdKind, wanted: string, nth = 0): string {
    const before = this.known(found)?.targets.filter((target) => target.kind === kind)[nth]?.id;
    if (before !== undefined) return before;
    const base = idFromName(wanted, kind);
    const numbered = `${base}-${idFromName(`n${found.id}`, 'row').slice(1)}`;
    let id = base;
    for (let n = 2; this.#taken[kind].has(id); n += 1) id = n === 2 ? numbered : `${numbered}-${n}`;
    this.#taken[kind].add(id);
    return id;
  }

  /** Taken before anybody else asks for it. */
  reserve(kind: IdKind, id: string): boolean {
    if (this.#taken[kind].has(id)) return false;
    this.#taken[kind].add(id);
    return true;
  }

  /** The client here that has this id in the old world; made when it has only been there. Undefined: nobody knows it. */
  clientOf(oldId: string): string | undefined {
    if (this.#clients.has(oldId)) return this.#clients.get(oldId);
    const id = this.#findClient(oldId);
    this.#clients.set(oldId, id);
    return id;
  }

  #findClient(oldId: string): string | undefined {
    const found = this.rows.clients.find((row) => row.id === oldId && row.hasId);
    if (found === undefined) {
      // What an import out of another database has made of it.
      const moved = this.state.ledger.get(keyOf('clients', oldId))?.targets.find(({ kind }) => kind === 'client');
      return this.state.clients.find(({ id }) => id === (moved?.id ?? oldId))?.id;
    }
    const name = textOf(found.row, 'name', 'client_name', 'display_name', 'company_name');
    if (name === undefined) {
      this.add(found, { reason: 'name_missing', detail: 'the client has no name' });
      return undefined;
    }
    const before = this.known(found)?.targets.find((target) => target.kind === 'client')?.id;
    const here = this.state.clients.find(
      (client) => client.id === before || (before === undefined && foldName(client.name) === foldName(name)),
    );
    const id = here?.id ?? this.idOf(found, 'client', name);
    const writes = here === undefined ? [{ kind: 'client' as const, id, name: name.slice(0, 120) }] : [];
    // Everything else that the old world knows of a client is none of this: a change of it is no news.
    const row = { id: found.row['id'], name };
    this.add({ ...found, row }, { targets: [{ kind: 'client', id }], writes });
    return id;
  }
}
