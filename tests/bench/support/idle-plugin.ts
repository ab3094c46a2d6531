import { buildTestPlugin, type TestPlugin } from '../../support/plugins.ts';

export const STREAMS = ['one', 'two', 'three'] as const;

/** Three streams that have nothing to read, each `every` so often. */
export function buildIdlePlugin(name: string, every: string): Promise<TestPlugin> {
  const streams = STREAMS.map(
    (stream) => `${stream}: stream({
      title: '${stream}', columns: { id: { type: 'string' } }, primaryKey: ['id'], deletion: 'explicit', every: '${every}',
      async *read() { yield checkpoint('here'); },
    })`,
  );
  return buildTestPlugin(
    `
import { checkpoint, definePlugin, stream } from '@jackfield/sdk';
export default definePlugin({
  name: '${name}',
  displayName: 'Idle',
  config: { type: 'object', properties: { baseUrl: { type: 'string' } } },
  async check() { return { message: 'fine' }; },
  streams: { ${streams.join(', ')} },
});`,
    { name },
  );
}
