import type { CheckReport } from '@jackfield/host/answers';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

export interface Check {
  readonly isPending: boolean;
  readonly report: CheckReport | undefined;
  readonly error: Error | null;
  start(): void;
  cancel(): void;
  reset(): void;
}

interface Ended {
  readonly report?: CheckReport;
  readonly error?: Error;
}

/** The test of a connection, which takes as long as the vendor does and can be cancelled. Not a mutation: it would keep what was sent. */
export function useCheck(test: (signal: AbortSignal) => Promise<CheckReport>): Check {
  const queries = useQueryClient();
  const [ended, setEnded] = useState<Ended>({});
  const [isPending, setPending] = useState(false);
  const current = useRef<AbortController>(null);
  useEffect(() => () => current.current?.abort(), []);
  const cancel = () => {
    current.current?.abort();
    current.current = null;
    setPending(false);
  };
  const end = (controller: AbortController, how: Ended) => {
    if (current.current !== controller) return;
    setEnded(how);
    setPending(false);
    void queries.invalidateQueries({ queryKey: ['instances'] });
  };
  return {
    isPending,
    report: ended.report,
    error: ended.error ?? null,
    start() {
      cancel();
      setEnded({});
      setPending(true);
      const controller = new AbortController();
      current.current = controller;
      test(controller.signal).then(
        (report) => end(controller, { report }),
        (error: unknown) => end(controller, { error: error instanceof Error ? error : new Error(String(error)) }),
      );
    },
    cancel,
    reset() {
      cancel();
      setEnded({});
    },
  };
}
