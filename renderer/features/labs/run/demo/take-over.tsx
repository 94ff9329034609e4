import { useState } from 'react';
import type { ReactNode, SyntheticEvent } from 'react';
import type { LabDemo } from '../../../../../main/contract/labs/demo.ts';
import { typing } from '../../../../lib/typing.ts';
import { ConfirmCall } from '../../../../ui/confirm-call.tsx';
import { t } from '../text.ts';
import css from './demo.module.css';
import { isPlaying } from './use-demo.ts';

/** While a lab plays itself, a key or a click in its consoles asks whether the person takes over. */
export function TakeOver({ demo, children }: { demo: LabDemo | undefined; children: ReactNode }): ReactNode {
  const [asking, setAsking] = useState(false);
  const ask = (event: SyntheticEvent): void => {
    if (!isPlaying(demo) || !typing(event.target as EventTarget)) return;
    event.preventDefault();
    event.stopPropagation();
    setAsking(true);
  };
  return (
    <div className={css.around} onKeyDownCapture={ask} onPointerDownCapture={ask} onMouseDownCapture={ask}>
      {children}
      {asking && demo && <TakeOverDialog lab={demo.lab} onClose={() => setAsking(false)} />}
    </div>
  );
}

export function TakeOverDialog({ lab, onClose }: { lab: string; onClose: () => void }): ReactNode {
  return (
    <ConfirmCall
      title={t('demo.takeOver.title')}
      confirmLabel={t('demo.takeOver')}
      call={(api) => api.labs.steerDemo({ lab, command: 'take-over' })}
      onClose={onClose}
    >
      <p>{t('demo.takeOver.text')}</p>
    </ConfirmCall>
  );
}
