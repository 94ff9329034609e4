import type { HostReport } from '../../../main/contract/host.ts';
import { queryClient, useAction, useCall } from '../../lib/use-call.ts';
import type { Action, CallState } from '../../lib/use-call.ts';
import { toastProblem } from '../../ui/toast.tsx';

const key = ['host'];
const keep = (report: HostReport): void => {
  queryClient.setQueryData(key, report);
};

/** What this computer can do; shared by all who show it. */
export const useHost = (): CallState<HostReport> =>
  useCall(key, (api, signal) => api.host.report({}, { signal }), { staleMs: Number.POSITIVE_INFINITY });

/** Runs every check and the trial again. */
export const useRecheck = (): Action<undefined, HostReport> =>
  useAction((api) => api.host.recheck({}), { onDone: keep, onProblem: toastProblem });

export type Override = HostReport['accelerator']['chosen'] | 'auto';
export const useOverride = (): Action<Override, HostReport> =>
  useAction((api, accelerator) => api.host.overrideAccelerator({ accelerator }), {
    onDone: keep,
    onProblem: toastProblem,
  });
