import type { Settings, SettingsPatch } from '../../../main/contract/settings.ts';
import { useAction } from '../../lib/use-call.ts';
import type { Action } from '../../lib/use-call.ts';
import { toastProblem } from '../../ui/toast.tsx';

export interface SectionProps {
  settings: Settings;
}

/** Saves some of the settings; the page gets them back by its subscription. */
export const useSave = (): Action<SettingsPatch, Settings> =>
  useAction((api, patch) => api.settings.update(patch), { onProblem: toastProblem });
