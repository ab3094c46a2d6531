// Run as a program: rotates the keys of a database in small steps, goes on with a rotation that is there, and stands still in the
// middle of its n-th step, so that it can be killed there.
import { setTimeout as sleep } from 'node:timers/promises';
import { HOST } from '../../host/src/access/index.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { createVault, fixedKeys } from '../../host/src/secrets/index.ts';
import { openStore } from '../../host/src/store/index.ts';
import { silentLog } from '../support/log.ts';
import { createRotor, MASTER, OTHER } from './cabinet.ts';

const [steps = '', dataFolder = '', databaseUrl] = process.argv.slice(2);
const store = await openStore({ databaseUrl, dataFolder, limits: defaultLimits.store, log: silentLog });
const vault = createVault(fixedKeys([OTHER, MASTER]));
let step = 0;
const halting: typeof vault = {
  ...vault,
  async sealersFor(trx, clients) {
    step += 1;
    if (step === Number(steps)) {
      process.stdout.write('in the middle\n');
      await sleep(3_600_000);
    }
    return vault.sealersFor(trx, clients);
  },
};
// A lease that is over at once: whoever finds the rotation after a kill need not wait.
const { rotation } = createRotor(store, halting, { batch: 5, lease: 1 });
await rotation.begin({ dataKeys: true, masterKey: true }, HOST).catch(() => undefined);
await rotation.start();
