// Something that somebody does to the host: it says when it is done, and what was known of it before is asked again.
import { notifications } from '@mantine/notifications';
import { useMutation, type UseMutationResult, useQueryClient } from '@tanstack/react-query';

interface Act<TInput, TDone> {
  readonly act: (input: TInput) => Promise<TDone>;
  /** Said when it is done. */
  readonly done?: string | ((done: TDone, input: TInput) => string);
  /** First parts of the keys of what has changed. */
  readonly changes: readonly string[];
  readonly after?: (done: TDone, input: TInput) => unknown;
}

export function useAct<TInput = void, TDone = unknown>({
  act,
  done,
  changes,
  after,
}: Act<TInput, TDone>): UseMutationResult<TDone, Error, TInput> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: async (answer, input) => {
      await Promise.all(changes.map((key) => queries.invalidateQueries({ queryKey: [key] })));
      if (done !== undefined)
        notifications.show({ message: typeof done === 'string' ? done : done(answer, input), color: 'green' });
      await after?.(answer, input);
    },
  });
}
