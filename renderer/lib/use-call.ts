import { hashKey, QueryClient, useMutation, useQuery } from '@tanstack/react-query';
import type { Api } from '../../main/contract/contract.ts';
import { asProblem } from '../../main/contract/problem.ts';
import type { Problem } from '../../main/contract/problem.ts';
import { useApi } from './connection.ts';

export const queryClient = new QueryClient({
  defaultOptions: {
    // The client waits for the connection by itself, and a Problem does not get better by asking again.
    queries: { retry: false, networkMode: 'always', refetchOnWindowFocus: false, staleTime: 30_000 },
    mutations: { retry: false, networkMode: 'always' },
  },
});

export interface CallState<T> {
  value: T | undefined;
  loading: boolean;
  /** True while it runs again with a value shown. */
  refreshing: boolean;
  problem: Problem | undefined;
  again: () => void;
}

/** The answer of a call, shared by key: `useCall(['catalogue'], (api, signal) => api.images.catalogue({}, { signal }))`. */
export function useCall<T>(
  key: readonly unknown[],
  run: (api: Api, signal: AbortSignal) => Promise<T>,
  options: {
    enabled?: boolean;
    staleMs?: number;
    /** Milliseconds after which it is asked again, as long as an answer says so. */
    againMs?: (value: T) => number | undefined;
    /** The answer of before is shown until the next is there, where so many first parts of the key are the same. */
    keepFor?: number;
  } = {},
): CallState<T> {
  const api = useApi();
  const { keepFor } = options;
  const keep = <V>(before: V | undefined, last?: { queryKey: readonly unknown[] }): V | undefined =>
    last && hashKey(last.queryKey.slice(0, keepFor)) === hashKey(key.slice(0, keepFor)) ? before : undefined;
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => run(api, signal),
    enabled: options.enabled ?? true,
    ...(options.staleMs === undefined ? {} : { staleTime: options.staleMs }),
    ...(keepFor !== undefined && { placeholderData: keep }),
    refetchInterval: ({ state }) => (state.data !== undefined && options.againMs?.(state.data)) || false,
  });
  return {
    value: query.data,
    loading: query.isLoading,
    refreshing: query.isFetching && !query.isLoading,
    problem: query.error ? asProblem(query.error) : undefined,
    again: () => void query.refetch(),
  };
}

export interface Action<I, O> {
  /** Resolves to the answer, or to undefined when it failed: `problem` then says why. Never rejects. */
  run: (input: I) => Promise<O | undefined>;
  busy: boolean;
  /** The input of the run under way or the last one. */
  pending: I | undefined;
  problem: Problem | undefined;
  value: O | undefined;
  reset: () => void;
}

/** Something the user does: `const remove = useAction((api, ref: ObjectRef) => api.images.remove(ref))`. */
export function useAction<I, O>(
  run: (api: Api, input: I) => Promise<O>,
  options: { onDone?: (value: O, input: I) => void; onProblem?: (problem: Problem, input: I) => void } = {},
): Action<I, O> {
  const api = useApi();
  const mutation = useMutation<O, unknown, I>({
    mutationFn: (input) => run(api, input),
    onSuccess: (value, input) => options.onDone?.(value, input),
    onError: (error, input) => options.onProblem?.(asProblem(error), input),
  });
  return {
    run: (input) => mutation.mutateAsync(input).catch(() => undefined),
    busy: mutation.isPending,
    pending: mutation.variables,
    problem: mutation.error ? asProblem(mutation.error) : undefined,
    value: mutation.data,
    reset: mutation.reset,
  };
}
