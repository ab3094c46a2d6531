import { useEffect, useRef, useState } from 'react';
import { NOTHING, type Progress, streamRows } from './row-stream.ts';

export interface Rows {
  /** Undefined until something was asked. */
  readonly progress: Progress | undefined;
  ask(path: string, body: unknown): void;
  cancel(): void;
}

export function useRows(): Rows {
  const [progress, setProgress] = useState<Progress>();
  const current = useRef<AbortController>(null);
  useEffect(() => () => current.current?.abort(), []);
  return {
    progress,
    ask(path, body) {
      current.current?.abort();
      const controller = new AbortController();
      current.current = controller;
      setProgress(NOTHING);
      const onProgress = (next: Progress) => {
        if (current.current === controller) setProgress(next);
      };
      void streamRows({ path, body, signal: controller.signal, onProgress });
    },
    cancel() {
      current.current?.abort();
    },
  };
}
