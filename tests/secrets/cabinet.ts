// Many secrets of many clients, some of them as older hosts sealed them, written without the detour of the instances room.
import { sql } from 'kysely';
import { type Audit, createAudit } from '../../host/src/access/index.ts';
import { defaultLimits, type Limits } from '../../host/src/limits.ts';
import { encrypt } from '../../host/src/secrets/cipher.ts';
import {
  createKeyRotation,
  createMasterKey,
  type KeyRotation,
  type MasterKey,
  type RotationView,
  type SecretPlace,
  type Vault,
} from '../../host/src/secrets/index.ts';
import type { Store } from '../../host/src/store/index.ts';
import { createTicks } from '../../host/src/ticks.ts';
import { silentLog } from '../support/log.ts';
import { FULL } from '../support/random.ts';
import { until } from '../support/until.ts';

export const MASTER: MasterKey = createMasterKey(Buffer.alloc(32, 7));
export const OTHER: MasterKey = createMasterKey(Buffer.alloc(32, 8));

/** As hosts before data keys sealed it. */
export function sealedByOlderHost({ instanceId, field }: SecretPlace, secret: string, master = MASTER): string {
  return `v1.${master.id}.${encrypt(master.key, ['v1', master.id, instanceId, field], Buffer.from(secret))}`;
}

const CLIENTS = 7;
export const idOf = (n: number): string => `i-${String(n).padStart(5, '0')}`;
export const secretOf = (n: number): string => `secret-${n}-of-the-cabinet`;

/** Instances of the plugin `tickets`, each with one secret; every third was sealed by an older host, every fifth has no client. */
export async function fillCabinet({ db }: Store, vault: Vault, count: number): Promise<void> {
  const at = new Date(Date.UTC(2026, 0, 2));
  const clientOf = (n: number): string | null => (n % 5 === 0 ? null : `c-${n % CLIENTS}`);
  const numbers = Array.from({ length: count }, (_, n) => n);
  await db
    .insertInto('client')
    .values(
      Array.from({ length: CLIENTS }, (_, n) => ({
        id: `c-${n}`,
        name: `c-${n}`,
        time_zone: 'UTC',
        revision: 1,
        created_at: at,
        updated_at: at,
      })),
    )
    .execute();
  await sql`
    insert into instance (id, plugin, name, client_id, enabled, config, config_version, revision, created_at, updated_at)
    select i->>'id', 'tickets', i->>'id', i->>'client', true, '{"baseUrl":"https://acme.example"}', 3, 1, ${at}, ${at}
    from jsonb_array_elements(${JSON.stringify(numbers.map((n) => ({ id: idOf(n), client: clientOf(n) })))}::jsonb) i`.execute(
    db,
  );
  await db.transaction().execute(async (trx) => {
    const sealers = await vault.sealersFor(trx, numbers.map(clientOf));
    const rows = numbers.map((n) => {
      const place = { instanceId: idOf(n), field: 'apiToken' };
      if (n % 3 === 0) {
        return { id: idOf(n), key: MASTER.id, text: sealedByOlderHost(place, secretOf(n)) };
      }
      const sealer = sealers.get(clientOf(n));
      if (sealer === undefined) throw new Error('a client has no key');
      const { keyId, ciphertext } = sealer.seal(place, secretOf(n));
      return { id: idOf(n), key: keyId, text: ciphertext };
    });
    await sql`
      insert into instance_secret (instance_id, field, key_id, ciphertext)
      select s->>'id', 'apiToken', s->>'key', s->>'text' from jsonb_array_elements(${JSON.stringify(rows)}::jsonb) s`.execute(
      trx,
    );
  });
}

export interface Rotor extends AsyncDisposable {
  readonly rotation: KeyRotation;
  readonly audit: Audit;
  /** The rotation when it is done. */
  done(id?: string): Promise<RotationView>;
}

export function createRotor(store: Store, vault: Vault, changes: Partial<Limits['secrets']> = {}): Rotor {
  const limits = { secrets: { ...defaultLimits.secrets, tick: 50, ...changes } };
  const ticks = createTicks(silentLog);
  const audit = createAudit(store);
  const rotation = createKeyRotation({ store, vault, audit, limits, ticks, log: silentLog });
  return {
    rotation,
    audit,
    done: (id) =>
      until(
        async () => {
          const { rotation: last } = await rotation.status();
          return last?.state === 'done' && (id === undefined || last.id === id) ? last : undefined;
          // Ten thousand, under load, on a machine that does other things too.
        },
        FULL ? 1_200_000 : 120_000,
      ),
    async [Symbol.asyncDispose]() {
      ticks.stop();
      await rotation.stop();
    },
  };
}
