// A stored secret is never sent to another origin: who may change an address but does not know the credential could otherwise have it sent
// to a server of their own. The old API gives its secrets to nobody, so it does not give them away like this either.
import type { Queryable } from '../../store/index.ts';
import { invalid } from '../api/input.ts';
import { INSTANCES, type OldTable, SYSTEMS } from '../api/tables.ts';
import { inheriting, readConnection, takeRowSecrets } from '../import/connections.ts';
import { KEPT, withKept } from '../masks.ts';
import { findOld, readOld, type Values } from '../old-rows.ts';

interface Change {
  readonly before: Values;
  readonly after: Values;
  /** Columns as they came. */
  readonly sent: Values;
}

/** @throws Problem `config_invalid` */
export async function assertSecretsStay(db: Queryable, table: OldTable, change: Change): Promise<void> {
  const { before, after, sent } = change;
  const isSystem = table === SYSTEMS;
  const [was, is] = isSystem ? [undefined, undefined] : [await systemOf(db, before), await systemOf(db, after)];
  const moves = originOf(before, was) !== originOf(after, is);
  if (moves && keepsSecrets(after, sent)) throw refused(table, 'the secrets must be sent again');
  // What it takes from its system it takes along, and from another it takes other secrets.
  if (moves && was !== undefined && was === is && inheritsSignIn(after) && keepsSecrets(was, {}))
    throw refused(table, 'the secrets of its system are for the address of its system');
  if (!isSystem) return;
  for (const member of await readOld(db, INSTANCES, { system_id: before['id'] })) {
    if (originOf(member, before) === originOf(member, after)) continue;
    const keeps = keepsSecrets(member, {}) || (inheritsSignIn(member) && keepsSecrets(after, sent));
    if (keeps)
      throw refused(table, `the secrets of instance ${member.id} would go there too: give that its own address`);
  }
}

async function systemOf(db: Queryable, row: Values): Promise<Values | undefined> {
  return typeof row['system_id'] === 'number' ? findOld(db, SYSTEMS, row['system_id']) : undefined;
}

function originOf(row: Values, system: Values | undefined): string | undefined {
  const own = readConnection(withKept(row));
  const { baseUrl } = system === undefined ? own : inheriting(own, readConnection(withKept(system)));
  return baseUrl === undefined ? undefined : URL.parse(baseUrl)?.origin;
}

const SENT_ALONG = ['base_url', 'auth_config', 'connection_config'];

/** Whether the row has a secret that whoever sent the change did not send. */
function keepsSecrets(row: Values, sent: Values): boolean {
  const own = Object.fromEntries(SENT_ALONG.map((column) => [column, withKept(row)[column] ?? null]));
  const known = takeRowSecrets(sent).secrets;
  return (
    [...takeRowSecrets(own).secrets.keys()].some((pointer) => !known.has(pointer)) || JSON.stringify(own).includes(KEPT)
  );
}

function inheritsSignIn(row: Values): boolean {
  const { signIn } = readConnection(withKept(row));
  return signIn !== undefined && Object.keys(signIn).every((part) => part === 'tls');
}

function refused(table: OldTable, why: string) {
  return invalid(table, [{ pointer: '/base_url', message: `is of another origin than before: ${why}` }]);
}
