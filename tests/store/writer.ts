// Run as a program: opens a store, writes row after row and prints the number of each one that the database has acknowledged.
import { defaultLimits } from '../../host/src/limits.ts';
import { silentLog } from '../support/log.ts';
import { openStore } from '../../host/src/store/index.ts';

const [dataFolder = '', first = '0', databaseUrl] = process.argv.slice(2);
const { db } = await openStore({ databaseUrl, dataFolder, limits: defaultLimits.store, log: silentLog });
for (let number = Number(first); ; number += 1) {
  const now = new Date();
  // Two tables in one transaction, so that half of one would show.
  await db.transaction().execute(async (trx) => {
    await trx
      .insertInto('instance')
      .values({
        id: `row-${number}`,
        plugin: 'writer',
        name: 'x'.repeat(number % 500),
        client_id: null,
        enabled: true,
        config: '{}',
        config_version: 1,
        revision: number,
        created_at: now,
        updated_at: now,
      })
      .execute();
    await trx
      .insertInto('instance_secret')
      .values({ instance_id: `row-${number}`, field: 'secret', key_id: 'none', ciphertext: String(number) })
      .execute();
  });
  process.stdout.write(`${number}\n`);
}
