import { complete, upsert } from '@jackfield/sdk';
import { stream } from '../config.ts';
import { readRequired } from '../device.ts';
import { licenceColumns, licenceRead, licenceRows } from '../rows/licences.ts';
import { deviceScope } from '../vdom.ts';

export const licences = stream({
  title: 'Licences',
  description: 'Every licence, FortiGuard service and support contract of the device.',
  columns: licenceColumns,
  primaryKey: ['service'],
  deletion: 'absence',
  every: '1h',
  async *read(ctx) {
    const [envelope] = await readRequired(ctx, licenceRead(deviceScope(ctx)));
    if (envelope === undefined) return;
    const rows = licenceRows(envelope);
    yield upsert(rows);
    // Every device has some; none at all is what a missing right leaves.
    if (rows.length > 0) yield complete();
  },
});
