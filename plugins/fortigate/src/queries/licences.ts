import { dateOf, numberOf, textOf, timeOf } from '../cells.ts';
import { httpQuery, oneVdomParam, type Ctx } from '../config.ts';
import { readRequired } from '../device.ts';
import { licenceRead, licencesOf } from '../rows/licences.ts';
import { deviceScope } from '../vdom.ts';

const DAY_SECONDS = 86_400;

export const licences = httpQuery({
  title: 'Licences and expiry',
  description: 'Every licence and FortiGuard service of the device. A service without a contract has no expiry.',
  params: { type: 'object', additionalProperties: false, properties: { vdom: oneVdomParam } },
  async answers(ctx, params) {
    const [envelope] = await readRequired(ctx, licenceRead(deviceScope(ctx, params.vdom)));
    return [...licencesOf(envelope)];
  },
  rows: '*',
  columns: {
    service: { type: 'string', label: 'Service', at: '0' },
    status: { type: 'string', label: 'Status', at: '1.status', read: textOf },
    expires: { type: 'date', label: 'Expires', at: '1.expires', read: dateOf },
    daysLeft: { type: 'integer', unit: 'd', label: 'Days left', at: '1.expires', read: daysLeft },
    version: { type: 'string', label: 'Version', at: '1.version', read: textOf },
    lastUpdate: { type: 'datetime', label: 'Last update', at: '1.last_update', read: timeOf },
  },
  cache: '10m',
});

function daysLeft(expires: unknown, { ctx }: { readonly ctx: Ctx }): number | null {
  const seconds = dateOf(expires) === null ? null : numberOf(expires);
  return seconds === null ? null : Math.floor((seconds - ctx.now().getTime() / 1000) / DAY_SECONDS);
}
