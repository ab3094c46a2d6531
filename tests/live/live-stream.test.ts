import { expect, test } from 'vitest';
import { systemClock } from '../../host/src/clock.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { EventRing } from '../../host/src/live/event-ring.ts';
import { LiveStream, type StreamOptions } from '../../host/src/live/live-stream.ts';

test('a reader whose place is forgotten while it is told of what came before starts anew', async () => {
  const ring = new EventRing(10);
  const principal = { clients: 'all' } as StreamOptions['principal'];
  const stream = await LiveStream.open({
    // Whoever sees all clients is looked up nowhere.
    store: {} as StreamOptions['store'],
    ...{ ring, principal, clock: systemClock, limits: defaultLimits.live, since: undefined },
    identify: async () => principal,
  });
  const frames = stream.frames();
  await frames.next();
  ring.push({ id: '1', type: 'mark' });
  const next = frames.next();
  // The connection to the database is lost and made again.
  ring.clear();
  expect((await next).value).toContain('event: reset');
  stream.end();
});
