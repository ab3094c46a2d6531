// What is shown is asked for again when the host says that it has changed.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { liveEventsOf } from '../live/live-events.ts';

/** First parts of the keys of what an event is about. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  sync: ['runs', 'instances'],
  rows: [],
  health: ['instances'],
  instance: ['instances', 'names', 'dashboards'],
  repair: ['repairs'],
  widget: ['dashboards'],
  dashboard: ['dashboards'],
  client: ['clients', 'names'],
  plugin: ['plugins'],
};

/** Many changes come together: one look is enough. */
const TOGETHER = 300;

export function useLive(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const due = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = liveEventsOf(location.origin).listen((event) => {
      const keys = event === 'reset' ? Object.values(KEYS).flat() : (KEYS[event.type] ?? []);
      for (const key of keys) due.add(key);
      timer ??= setTimeout(() => {
        timer = undefined;
        for (const key of due) void queries.invalidateQueries({ queryKey: [key] });
        due.clear();
      }, TOGETHER);
    });
    return () => {
      end();
      clearTimeout(timer);
    };
  }, [queries]);
}
