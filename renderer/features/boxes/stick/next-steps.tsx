import { Card } from '../../../ui/card.tsx';
import { ComputerIcon, NetworkIcon, PowerIcon, UsbIcon } from '../../../ui/icons.tsx';
import css from '../boxes.module.css';
import { FoundList } from '../found-list.tsx';
import own from './stick.module.css';
import type { Run } from './run.ts';
import { t } from './text.ts';

const steps = [
  { id: 'plug', icon: UsbIcon },
  { id: 'start', icon: PowerIcon },
  { id: 'wait', icon: NetworkIcon },
  { id: 'goOn', icon: ComputerIcon },
] as const;

/** From the stick in the hand to the box on the page. */
export function NextSteps({ run }: { run: Run }) {
  return (
    <>
      <Card title={t('next')}>
        <ol className={own.steps}>
          {steps.map(({ id, icon: Icon }, index) => (
            <li key={id} className={own.todo}>
              <span className={own.glyph}>
                <Icon size={20} />
              </span>
              <div className={css.words}>
                <span className={css.name}>
                  <span className={own.number}>{index + 1}</span> {t(`next.${id}`)}
                </span>
                <span className={css.text}>{t(`next.${id}Text`)}</span>
              </div>
            </li>
          ))}
        </ol>
      </Card>
      <Card title={t('wait')} flush>
        <FoundList empty={t('wait.none', { name: run.hostName })} />
        <p className={`${css.foot} ${css.muted}`}>{t(run.enrolled ? 'wait.enrolled' : 'wait.code')}</p>
      </Card>
    </>
  );
}
