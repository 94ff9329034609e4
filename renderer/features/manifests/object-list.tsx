import type { ReactNode } from 'react';
import type { ManifestObject } from '../../../main/contract/templates.ts';
import { StatusBadge } from '../../ui/status.tsx';
import type { Tone } from '../../ui/tone.ts';
import css from './manifests.module.css';
import { t } from './text.ts';

const tones: Record<ManifestObject['result'], Tone> = {
  new: 'ok',
  changed: 'busy',
  same: 'stopped',
  refused: 'problem',
  later: 'note',
};

/** What would come of each object of a text, in the order in which they are applied. */
export function ObjectList({ objects }: { objects: readonly ManifestObject[] }): ReactNode {
  return (
    <ul className={css.list} aria-label={t('objects')}>
      {objects.map((object) => (
        <li key={`${object.apiVersion} ${object.kind} ${object.namespace} ${object.name}`} className={css.item}>
          <div className={css.words}>
            <div>
              {object.namespace ? `${object.namespace}/` : ''}
              {object.name}
            </div>
            <div className={css.kind}>
              {object.kind} · {t('line', { n: object.line })}
            </div>
            {object.detail && <div className={css.detail}>{object.detail}</div>}
          </div>
          <StatusBadge tone={tones[object.result]}>{t(`result.${object.result}`)}</StatusBadge>
        </li>
      ))}
    </ul>
  );
}
