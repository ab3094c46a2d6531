import { dateOf, numberOf, textOf, timeOf, type Fields } from '../cells.ts';
import { oneVdomParam, query } from '../config.ts';
import { readRequired } from '../device.ts';
import { licenceRead, licencesOf } from '../rows/licences.ts';
import { deviceScope } from '../vdom.ts';

const DAY_SECONDS = 86_400;

export const licences = query({
  title: 'Licences and expiry',
  description: 'Every licence and FortiGuard service of the device. A service without a contract has no expiry.',
  params: { type: 'object', additionalProperties: false, properties: { vdom: oneVdomParam } },
  columns: {
    service: { type: 'string', label: 'Service' },
    status: { type: 'string', label: 'Status' },
    expires: { type: 'date', label: 'Expires' },
    daysLeft: { type: 'integer', unit: 'd', label: 'Days left' },
    version: { type: 'string', label: 'Version' },
    lastUpdate: { type: 'datetime', label: 'Last update' },
  },
  cache: '10m',
  async *rows(ctx, params) {
    const [envelope] = await readRequired(ctx, licenceRead(deviceScope(ctx, params.vdom)));
    const nowSeconds = ctx.now().getTime() / 1000;
    for (const [service, item] of licencesOf(envelope)) yield licenceRow(service, item, nowSeconds);
  },
});

function licenceRow(service: string, item: Fields, nowSeconds: number) {
  const expires = dateOf(item['expires']);
  const seconds = expires === null ? null : numberOf(item['expires']);
  return {
    service,
    status: textOf(item['status']),
    expires,
    daysLeft: seconds === null ? null : Math.floor((seconds - nowSeconds) / DAY_SECONDS),
    version: textOf(item['version']),
    lastUpdate: timeOf(item['last_update']),
  };
}
