import { columns, VendorError } from '@jackfield/sdk';
import { inBatches } from '../batches.ts';
import type { Read } from '../call.ts';
import { dynamicQuery, vdomParam, type Ctx } from '../config.ts';
import { ask } from '../device.ts';
import type { Envelope } from '../envelope.ts';
import { parseReadPath, type ReadPath } from '../path.ts';
import { tableOf } from '../table.ts';
import { vdomScope, type Scope } from '../vdom.ts';

export const get = dynamicQuery({
  title: 'Custom query',
  description:
    'Any read below /api/v2/monitor or /api/v2/cmdb, with the rights of the API token. The columns are the fields of the answer.',
  role: 'engineer',
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    properties: {
      path: {
        type: 'string',
        minLength: 1,
        maxLength: 2000,
        contentMediaType: 'application/x-url-path',
        title: 'Path',
        description: 'With its parameters: /api/v2/cmdb/firewall/address?filter=type==fqdn',
      },
      vdom: vdomParam,
      limit: { type: 'integer', minimum: 1, maximum: 10_000, default: 1000, title: 'Rows at most' },
    },
  },
  columns: 'dynamic',
  async *rows(ctx, params) {
    const table = tableOf(await read(ctx, parseReadPath(params.path), params.vdom), params.limit);
    yield columns(table.columns);
    yield* inBatches(table.rows);
  },
});

async function read(ctx: Ctx, { path, params }: ReadPath, vdom: string): Promise<readonly Envelope[]> {
  const request: Read = { path, params, scope: scopeOf(ctx, params, vdom) };
  const answer = await ask(ctx, request);
  if (answer.here) return answer.envelopes;
  const at = `/api/v2/${path}`;
  switch (answer.status) {
    case 403:
      throw new VendorError(
        'permission_denied',
        `the token may not read ${at}: its accprofile or its VDOM list lacks it`,
      );
    case 404:
      throw new VendorError('not_found', `${at} is not available: this model or version does not have it`);
    case 424:
      throw new VendorError('not_found', `${at} is not available: what it depends on is not set up on the device`);
  }
}

/** `scope=global` stands for the whole device, so an instance that has VDOMs of its own may not ask for it. */
function scopeOf(ctx: Ctx, params: ReadPath['params'], vdom: string): Scope {
  const isGlobal = params.some(([name, value]) => name.toLowerCase() === 'scope' && value.toLowerCase() !== 'vdom');
  if (!isGlobal) return vdomScope(ctx, vdom);
  if (ctx.config.vdoms === undefined) return null;
  throw new VendorError('params_invalid', 'scope=global is not for an instance that is limited to some VDOMs');
}
