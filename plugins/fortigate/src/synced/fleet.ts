// What devices are, and until when they are paid for.
import { syncedQuery } from '@jackfield/sdk';
import { licences } from '../streams/licences.ts';
import { system } from '../streams/system.ts';

export const firmware = syncedQuery({
  title: 'FortiOS versions of all devices',
  description: 'A device that does not answer is counted with the version it last had.',
  stream: system,
  per: 'all',
  groupBy: ['version', 'model'],
  measures: [
    { name: 'devices', fn: 'count', label: 'Devices' },
    { name: 'silent', fn: 'count', where: [{ column: 'state', op: 'ne', value: 'up' }], label: 'Do not answer' },
    { name: 'seen', fn: 'max', column: 'lastSeen', label: 'Last seen' },
  ],
  orderBy: [{ column: 'version' }, { column: 'devices', descending: true }],
});

export const licencesExpiring = syncedQuery({
  title: 'Licences that end soon, of all devices',
  description: 'Those that have ended already first.',
  stream: licences,
  params: {
    type: 'object',
    additionalProperties: false,
    properties: { days: { type: 'integer', minimum: 0, maximum: 3650, default: 90, title: 'Days ahead' } },
  },
  where: [{ column: 'expires', op: 'lte', ahead: { param: 'days', unit: 'd' } }],
  orderBy: [{ column: 'expires' }],
});
