// Parameters that every client has as long as it does not say its own: what a plugin needs to know of each, with the usual value.
import { sql } from 'kysely';
import type { Queryable } from '../store/index.ts';
import type { ClientParameters, ParameterValue } from './input.ts';

export interface TemplateView {
  readonly plugin: string;
  readonly parameters: ClientParameters;
}

export async function readTemplates(db: Queryable): Promise<TemplateView[]> {
  const rows = await db.selectFrom('client_parameter_template').selectAll().orderBy('plugin').orderBy('name').execute();
  return [...Map.groupBy(rows, ({ plugin }) => plugin)].map(([plugin, own]) => ({
    plugin,
    parameters: Object.fromEntries(own.map(({ name, value }): [string, ParameterValue] => [name, value])),
  }));
}

/** Those of other names stay. */
export async function addTemplates(db: Queryable, plugin: string, parameters: ClientParameters): Promise<void> {
  const rows = Object.entries(parameters).map(([name, value]) => ({ plugin, name, value: JSON.stringify(value) }));
  if (rows.length === 0) return;
  await db
    .insertInto('client_parameter_template')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['plugin', 'name']).doUpdateSet((eb) => ({ value: eb.ref('excluded.value') })),
    )
    .execute();
}

/** Exactly these, and no others of the plugin. */
export async function replaceTemplates(db: Queryable, plugin: string, parameters: ClientParameters): Promise<void> {
  await db.deleteFrom('client_parameter_template').where('plugin', '=', plugin).execute();
  await addTemplates(db, plugin, parameters);
}

/** The client's own, and of the templates those whose names it does not have. Empty when there is no such client. */
export async function readFilledParameters(db: Queryable, clientId: string): Promise<ClientParameters> {
  const { rows } = await sql<{ name: string; value: ParameterValue }>`
    select distinct on (name) name, value from (
      select name, value, 1 as precedence, '' as plugin from client_parameter where client_id = ${clientId}
      union all
      select name, value, 2, plugin from client_parameter_template where exists (select 1 from client where id = ${clientId})
    ) as parameters order by name, precedence, plugin`.execute(db);
  return Object.fromEntries(rows.map(({ name, value }): [string, ParameterValue] => [name, value]));
}
