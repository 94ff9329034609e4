import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { Progress } from '../../ui/progress.tsx';
import css from './console.module.css';
import { t } from './text.ts';
import { usePictures } from './wall/use-pictures.ts';

const everyMs = 1000;

/** Looking on while somebody else types: a picture a second, which disturbs nobody. */
export function WatchView({ of, onTake }: { of: ObjectRef; onTake: () => void }): ReactNode {
  const picture = usePictures([of], everyMs).get(`${of.namespace}/${of.name}`);
  return (
    <>
      {picture?.png === undefined ? (
        <div className={css.overlay}>
          <div className={css.message}>
            {picture?.problem === undefined ? <Progress label={t('connecting')} /> : <p>{picture.problem}</p>}
          </div>
        </div>
      ) : (
        <img
          className={css.watched}
          src={`data:image/png;base64,${picture.png}`}
          alt={t('stage.watched', { name: of.name })}
        />
      )}
      <div className={css.watching}>
        <span>{t('taken.watching')}</span>
        <button type="button" className={css.inline} onClick={onTake}>
          {t('taken.back')}
        </button>
      </div>
    </>
  );
}
