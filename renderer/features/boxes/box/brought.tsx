import type { BroughtItem } from '../../../../main/contract/box/state.ts';
import { Button } from '../../../ui/button.tsx';
import { RefreshIcon } from '../../../ui/icons.tsx';
import { StatusDot } from '../../../ui/status.tsx';
import { toastProblem } from '../../../ui/toast.tsx';
import type { Tone } from '../../../ui/tone.ts';
import css from '../boxes.module.css';
import { useAct, useBox } from './door.ts';
import { t } from './text.ts';

const tones: Record<BroughtItem['state'], Tone> = {
  waiting: 'stopped',
  working: 'busy',
  done: 'ok',
  failed: 'problem',
};

/** Images and machines that the stick named: which are there, and why one is not. */
export function Brought({ items }: { items: readonly BroughtItem[] }) {
  const { state, away } = useBox();
  const again = useAct({ onProblem: toastProblem });
  const failed = items.some((each) => each.state === 'failed');
  const busy = items.some((each) => each.state === 'working');
  const why = away ?? (state.setup.appliance === 'ready' ? undefined : t('first.notYet'));
  return (
    <div className={css.stack}>
      <p className={css.text}>{t('brought')}</p>
      <ul className={css.list} aria-label={t('brought')}>
        {items.map((item) => (
          <li key={`${item.kind} ${item.name}`} className={css.item}>
            <span className={css.mark}>
              <StatusDot tone={tones[item.state]} />
            </span>
            <div className={css.words}>
              <span className={css.name}>
                {item.name}
                <span className={css.chip}>{t(`brought.${item.kind}`)}</span>
              </span>
              <span className={css.sub}>
                {item.problem ? `${item.problem.title}. ${item.problem.detail}` : t(`brought.${item.state}`)}
              </span>
            </div>
          </li>
        ))}
      </ul>
      {failed && !busy && (
        <div className={css.actions}>
          <Button icon={RefreshIcon} busy={again.busy} why={why} onClick={() => void again.run({ do: 'bring-again' })}>
            {t('brought.again')}
          </Button>
          <span className={css.muted}>{t('brought.againText')}</span>
        </div>
      )}
    </div>
  );
}
