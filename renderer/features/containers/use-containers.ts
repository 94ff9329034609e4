import type { PodDetail, PodForward, PodRow, WorkRef } from '../../../main/contract/pods.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { foldList, replace } from '../../lib/live-store.ts';
import { useList, useLive } from '../../lib/resources.ts';
import type { ListResource, Resource } from '../../lib/resources.ts';
import { useMay } from '../../lib/use-may.ts';
import { t } from './text.ts';
import type { ContainersText } from './text.ts';
import en from '../../../assets/locales/en/containers.json' with { type: 'json' };

const pods: ListResource<PodRow> = {
  key: 'pods',
  source: (api, signal) => api.pods.watch({}, { signal }),
  fold: foldList<PodRow>(rowKeys.pod),
};
export const usePods = () => useList(pods);

const detailOf = ({ kind, namespace, name }: WorkRef): Resource<PodDetail, PodDetail> => ({
  key: `pod:${kind}/${namespace}/${name}`,
  source: (api, signal) => api.pods.detail({ kind, namespace, name }, { signal }),
  fold: replace,
});
export const usePodDetail = (ref: WorkRef) => useLive(detailOf(ref));

const forwards: Resource<PodForward[], PodForward[]> = {
  key: 'pod-forwards',
  source: (api, signal) => api.pods.forwards({}, { signal }),
  fold: replace,
};
/** For whoever may see none. */
const noForwards: typeof forwards = { ...forwards, key: 'no-pod-forwards', source: () => none() };
async function* none(): AsyncGenerator<PodForward[]> {
  yield [];
}
export const useForwards = () => useLive(useMay()('pods.forwards') === undefined ? forwards : noForwards);

/** Kubernetes' word in the page's language where it is an everyday one; the others are what one searches for. */
export const statusWord = (status: string): string =>
  Object.hasOwn(en, `status.${status}`) ? t(`status.${status}` as ContainersText) : status;

export const routeOf = ({ kind, namespace, name }: WorkRef, tab?: string): string =>
  `/containers/${kind}/${namespace}/${name}${tab === undefined ? '' : `/${tab}`}`;

export interface PodQuery {
  show: 'work' | 'pods';
  search: string;
  system: boolean;
}
/** What is shown of all: workloads with the Pods that nothing keeps, or every Pod. Pure. */
export function shownRows(rows: readonly PodRow[], { show, search, system }: PodQuery): PodRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    if (row.system && !system) return false;
    const alone = row.owner === undefined;
    if (show === 'work' ? row.kind === 'Pod' && !alone : row.kind !== 'Pod') return false;
    const text = `${row.name} ${row.namespace} ${row.kind} ${row.status} ${row.node ?? ''} ${row.images.join(' ')}`.toLowerCase(); // prettier-ignore
    return words.every((word) => text.includes(word));
  });
}
