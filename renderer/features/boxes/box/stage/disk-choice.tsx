import { useState } from 'react';
import type { BoxDisk } from '../../../../../main/contract/box/state.ts';
import { Button } from '../../../../ui/button.tsx';
import { Card } from '../../../../ui/card.tsx';
import { EmptyState } from '../../../../ui/empty-state.tsx';
import { DiskIcon } from '../../../../ui/icons.tsx';
import { toastProblem } from '../../../../ui/toast.tsx';
import css from '../../boxes.module.css';
import { useAct, useBox } from '../door.ts';
import { t } from '../text.ts';
import { DiskDialog } from './disk-dialog.tsx';
import { DiskLine } from './disk-line.tsx';

/** The disks of the box: one is chosen and confirmed, the others say why not. */
export function DiskChoice() {
  const { state, away } = useBox();
  const [chosen, setChosen] = useState<BoxDisk>();
  const disks = state.disks ?? [];
  const offered = disks.filter((disk) => !disk.refused);
  const refused = disks.filter((disk) => disk.refused);
  const attempt = useAct({ onProblem: toastProblem });
  return (
    <Card
      title={t('disks')}
      flush
      actions={
        <Button size="small" busy={attempt.busy} why={away} onClick={() => void attempt.run({ do: 'try' })}>
          {t('try')}
        </Button>
      }
    >
      <p className={`${css.pad} ${css.text}`}>{t('disks.text')}</p>
      {offered.length === 0 && (
        <EmptyState icon={DiskIcon} title={t('disks.none')}>
          {t('disks.noneText')}
        </EmptyState>
      )}
      <ul aria-label={t('disks')}>
        {offered.map((disk) => (
          <DiskLine key={`${disk.name} ${disk.serial}`} disk={disk}>
            <Button size="small" why={away} onClick={() => setChosen(disk)}>
              {t('disk.choose')}
              <span className="visually-hidden">
                {' '}
                {disk.model || disk.name} {disk.serial}
              </span>
            </Button>
          </DiskLine>
        ))}
      </ul>
      {refused.length > 0 && (
        <details className={`${css.foot} ${css.more}`}>
          <summary>{t('disks.refused', { n: refused.length })}</summary>
          <ul aria-label={t('disks.refused', { n: refused.length })}>
            {refused.map((disk) => (
              <DiskLine key={`${disk.name} ${disk.serial}`} disk={disk} />
            ))}
          </ul>
        </details>
      )}
      {chosen && <DiskDialog disk={chosen} onClose={() => setChosen(undefined)} />}
    </Card>
  );
}
