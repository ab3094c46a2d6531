// What of a device expires: its licences and support contracts, and the certificates that somebody has installed on it.
import { isVendorError, type Expiry } from '@jackfield/sdk';
import { textOf, timeOf } from './cells.ts';
import type { Ctx } from './config.ts';
import { readOptional } from './device.ts';
import { listedResults } from './envelope.ts';
import { licenceRead, licencesOf } from './rows/licences.ts';
import { deviceScope } from './vdom.ts';

/** Undefined when the device does not say; whether it can be used does not depend on this. */
export async function readExpiries(ctx: Ctx): Promise<readonly Expiry[] | undefined> {
  try {
    const licences = await readOptional(ctx, licenceRead(deviceScope(ctx)));
    const scope = deviceScope(ctx);
    const certificates = await readOptional(ctx, { path: 'monitor/system/available-certificates', scope });
    if (licences.length === 0 && certificates.length === 0) return undefined;
    const found = [
      ...licences.flatMap((envelope) =>
        [...licencesOf(envelope)].map(([name, item]) => [`licence "${name}"`, item['expires']] as const),
      ),
      ...certificates.flatMap(({ results }) =>
        listedResults(results)
          // Those of the vendor are renewed with the firmware.
          .filter(({ source, name }) => source === 'user' && textOf(name) !== null)
          .map((item) => [`certificate "${textOf(item['name'])}"`, item['valid_to']] as const),
      ),
    ];
    return found.flatMap(([what, seconds]) => {
      const at = timeOf(seconds);
      return at === null ? [] : [{ what, at }];
    });
  } catch (error) {
    if (!isVendorError(error) || error.code === 'auth_failed' || error.code === 'rate_limited') throw error;
    ctx.log.info('the device does not say what expires', { reason: error.message });
    return undefined;
  }
}
