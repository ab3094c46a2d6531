import { integerOf, fieldsOf, textOf } from '../cells.ts';
import { query, vdomParam } from '../config.ts';
import { readRequired } from '../device.ts';
import { identityOf } from '../sign-in.ts';
import { vdomScope } from '../vdom.ts';

export const systemStatus = query({
  title: 'Device status',
  description: 'Model, serial number and FortiOS version, once for each VDOM that the token may read.',
  params: { type: 'object', additionalProperties: false, properties: { vdom: vdomParam } },
  columns: {
    hostname: { type: 'string', label: 'Host name' },
    model: { type: 'string', label: 'Model' },
    serial: { type: 'string', label: 'Serial number' },
    version: { type: 'string', label: 'FortiOS' },
    build: { type: 'integer', label: 'Build' },
    vdom: { type: 'string', label: 'VDOM' },
    logDisk: { type: 'string', label: 'Log disk' },
  },
  cache: '60s',
  async *rows(ctx, params) {
    const envelopes = await readRequired(ctx, {
      path: 'monitor/system/status',
      scope: vdomScope(ctx, params.vdom),
    });
    yield envelopes.map((envelope) => ({
      ...identityOf(envelope),
      serial: envelope.serial,
      version: envelope.version,
      build: integerOf(envelope.build),
      vdom: envelope.vdom,
      logDisk: textOf(fieldsOf(envelope.results)?.['log_disk_status']),
    }));
  },
});
