import { useState } from 'react';
import type { ReactNode } from 'react';
import type { PodDetail, PodRow } from '../../../main/contract/pods.ts';
import { Select } from '../../ui/select.tsx';
import css from './containers.module.css';
import { t } from './text.ts';
import { statusWord } from './use-containers.ts';

export interface Chosen {
  namespace: string;
  pod: string;
  container: string;
  /** There is a container before this one. */
  previous: boolean;
}

/** Which container is looked into: of a Pod one of its own, of a workload one of its Pods'. Undefined while there is none. */
export function useContainer({ row, pods }: PodDetail): { chosen: Chosen | undefined; choice: ReactNode } {
  const all: readonly PodRow[] = row.kind === 'Pod' ? [row] : pods;
  const [podName, setPod] = useState<string>();
  const [name, setName] = useState<string>();
  const pod = all.find((each) => each.name === podName) ?? all.find(({ tone }) => tone === 'running') ?? all[0];
  // What runs beside the init containers is meant, unless one of those is asked for.
  const container = pod?.containers.find((each) => each.name === name) ?? pod?.containers.find(({ init }) => !init);
  const choice = pod && (
    <>
      {row.kind !== 'Pod' && (
        <div className={css.choice}>
          <Select
            hideLabel
            label={t('choose.pod')}
            value={pod.name}
            onChange={setPod}
            options={all.map((each) => ({ value: each.name, label: each.name, detail: statusWord(each.status) }))}
          />
        </div>
      )}
      {pod.containers.length > 1 && (
        <div className={css.choice}>
          <Select
            hideLabel
            label={t('choose.container')}
            value={container?.name}
            onChange={setName}
            options={pod.containers.map((each) => ({ value: each.name, label: each.name, detail: each.image }))}
          />
        </div>
      )}
    </>
  );
  const chosen = pod && container && { namespace: pod.namespace, pod: pod.name, container: container.name, previous: container.previous }; // prettier-ignore
  return { chosen, choice };
}
