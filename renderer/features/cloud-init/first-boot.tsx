import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { dateTime } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { StatusBadge, ToneIcon } from '../../ui/status.tsx';
import { bootTones, bootWords, useFirstBoot } from './boot-chip.tsx';
import css from './cloud-init.module.css';
import { t } from './text.ts';

/** What the guest itself said of its first set-up, with the lines that failed. */
export function FirstBootCard({ of }: { of: ObjectRef }): ReactNode {
  const boot = useFirstBoot(of);
  return (
    <Card
      title={t('boot')}
      actions={
        <Button size="small" tone="quiet" to={`/machines/${of.namespace}/${of.name}/console`}>
          {t('boot.console')}
        </Button>
      }
    >
      {' '}
      {/* prettier-ignore */}
      {!boot ? (
        <p className={css.note}>{t('boot.nothing')}</p>
      ) : (
        <div className={css.part}>
          <div className={css.tools}>
            <StatusBadge tone={bootTones[boot.state]}>{bootWords(boot)}</StatusBadge>
            <span className={css.note}>
              {[boot.by, boot.endedAt && dateTime(boot.endedAt)].filter(Boolean).join(' · ')}
            </span>
          </div>
          {boot.state === 'not-seen' && <p className={css.note}>{t('boot.not-seen.text')}</p>}
          {boot.problems.length > 0 && (
            <ul className={css.lines} aria-label={t('boot.lines')}>
              {boot.problems.map(({ severity, part, text }) => (
                <li key={text} className={css.line}>
                  <ToneIcon tone={severity === 'error' ? 'problem' : 'warning'} />
                  <span className={css.lineText}>{part ? `${part}: ${text}` : text}</span>
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </Card>
  );
}
