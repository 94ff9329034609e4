import type { Appliance } from '../../../main/contract/appliance.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ToneIcon } from '../../ui/status.tsx';
import css from './appliance.module.css';
import { t } from './text.ts';
import { useActWhy } from './use-act-why.ts';
import type { Act } from './view.ts';

/** Failures that were recognised by their own words, each with what may cure it. */
export function Troubles({ row, onAct }: { row: Appliance; onAct: (act: Act) => void }) {
  const actWhy = useActWhy();
  if (row.troubles.length === 0) return null;
  return (
    <Card title={t('troubles', { n: row.troubles.length })}>
      <ul className={css.list}>
        {row.troubles.map((trouble) => {
          const { action } = trouble;
          return (
            <li key={trouble.id} className={css.trouble} data-trouble={trouble.id}>
              <span className={css.rungIcon}>
                <ToneIcon tone="problem" />
              </span>
              <div className={css.words}>
                <p className={css.title}>{trouble.title}</p>
                <p className={css.detail}>{trouble.detail}</p>
                {trouble.fix && (
                  <p>
                    <span className={css.label}>{t('fix')} </span>
                    {trouble.fix}
                  </p>
                )}
                {action && (
                  <div>
                    <Button size="small" why={actWhy(row, action)} onClick={() => onAct(action)}>
                      {t(`act.${action}`)}
                    </Button>
                  </div>
                )}
                {trouble.evidence.length > 0 && (
                  <details className={css.evidence}>
                    <summary>
                      {t('evidence')}
                      <span className="visually-hidden">: {trouble.title}</span>
                    </summary>
                    <pre>{trouble.evidence.join('\n')}</pre>
                  </details>
                )}
              </div>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
