import { Button } from '../../../../ui/button.tsx';
import { ArrowRightIcon } from '../../../../ui/icons.tsx';
import { useToTarget } from '../use-to-target.ts';
import css from '../../boxes.module.css';
import { Brought } from '../brought.tsx';
import { useBox } from '../door.ts';
import { t } from '../text.ts';

/** What the stick brings along, an image and a machine of it, on the pages that every place has. */
export function FirstStep() {
  const { state } = useBox();
  const to = useToTarget();
  const why = state.setup.appliance === 'ready' ? to.why : t('first.notYet');
  return (
    <div className={css.stack}>
      {state.bring && <Brought items={state.bring} />}
      <p className={css.text}>{t(state.bring ? 'first.more' : 'first.text')}</p>
      <div className={css.actions}>
        <Button iconAfter={ArrowRightIcon} busy={to.busy} why={why} onClick={() => to.go('/images')}>
          {t('first.image')}
        </Button>
        <Button iconAfter={ArrowRightIcon} busy={to.busy} why={why} onClick={() => to.go('/machines/new')}>
          {t('first.machine')}
        </Button>
      </div>
    </div>
  );
}
