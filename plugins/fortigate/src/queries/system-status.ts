import { integerOf, textOf } from '../cells.ts';
import { httpQuery, vdomParam } from '../config.ts';
import { readRequired } from '../device.ts';
import type { Envelope } from '../envelope.ts';
import { identityOf } from '../sign-in.ts';
import { vdomScope } from '../vdom.ts';

export const systemStatus = httpQuery({
  title: 'Device status',
  description: 'Model, serial number and FortiOS version, once for each VDOM that the token may read.',
  params: { type: 'object', additionalProperties: false, properties: { vdom: vdomParam } },
  answers: (ctx, params) => readRequired(ctx, { path: 'monitor/system/status', scope: vdomScope(ctx, params.vdom) }),
  rows: '*',
  columns: {
    hostname: { type: 'string', label: 'Host name', at: 'results.hostname', read: textOf },
    model: { type: 'string', label: 'Model', read: (_, { row }) => identityOf(row as Envelope).model },
    serial: { type: 'string', label: 'Serial number' },
    version: { type: 'string', label: 'FortiOS' },
    build: { type: 'integer', label: 'Build', read: integerOf },
    vdom: { type: 'string', label: 'VDOM' },
    logDisk: { type: 'string', label: 'Log disk', at: 'results.log_disk_status', read: textOf },
  },
  cache: '60s',
});
