import { useState } from 'react';
import { dateTime } from '../../../../lib/format.ts';
import { Banner } from '../../../../ui/banner.tsx';
import { Button } from '../../../../ui/button.tsx';
import { Card } from '../../../../ui/card.tsx';
import { ConfirmDialog } from '../../../../ui/confirm-dialog.tsx';
import { KeyValue } from '../../../../ui/key-value.tsx';
import { ProblemView } from '../../../../ui/problem-view.tsx';
import { Checkbox } from '../../../../ui/checkbox.tsx';
import css from '../../boxes.module.css';
import { useAct, useBox } from '../door.ts';
import { t } from '../text.ts';
import { SendUpdate } from './send-update.tsx';
import { UploadUpdate } from './upload-update.tsx';

/** The two versions a box holds: the one that runs, and the one it can go back to. */
export function UpdateTab() {
  const { state, away, door } = useBox();
  const [asking, setAsking] = useState(false);
  const [anyway, setAnyway] = useState(false);
  const back = useAct({ onDone: () => setAsking(false) });
  const { update, image } = state;
  const other = update?.other;
  return (
    <div className={css.stack}>
      {update?.trial && (
        <Banner tone="note" title={t('update.trial', { version: update.trial.version })}>
          {update.trial.words}. {t('update.trialText')}
        </Banner>
      )}
      {update?.failed && (
        <>
          <Banner tone="warning" title={t('update.failed', { version: update.failed.version })}>
            {t('update.failedText', { at: dateTime(update.failed.at), running: update.running })}
          </Banner>
          <ProblemView problem={update.failed.problem} compact />
        </>
      )}
      <div className={css.columns}>
        <div className={css.column}>
          {door.own ? <UploadUpdate /> : <SendUpdate />}
        </div>
        <Card title={t('update.versions')}>
          <div className={css.stack}>
            <KeyValue
              items={[
                { label: t('update.runs'), value: t('update.slot', { version: update?.running ?? image.version, slot: (image.slot ?? 'a').toUpperCase() }) },
                { label: t('update.other'), value: other ? t('update.slot', { version: other.version, slot: other.slot.toUpperCase() }) : t('update.noOther') },
              ]}
            />
            <div>
              <Button size="small" why={away ?? (other ? undefined : t('update.noOther'))} onClick={() => setAsking(true)}>
                {t('update.back')}
              </Button>
            </div>
          </div>
        </Card>
      </div>
      {other && (
        <ConfirmDialog
          open={asking}
          onClose={() => {
            setAsking(false);
            back.reset();
          }}
          title={t('update.backTitle', { version: other.version })}
          confirmLabel={t('update.back')}
          busy={back.busy}
          problem={back.problem}
          onConfirm={() => void back.run({ do: 'roll-back', anyway })}
        >
          <p>{t('update.backText', { running: update?.running ?? image.version, version: other.version })}</p>
          <Checkbox label={t('power.anyway')} hint={t('power.anywayHint')} checked={anyway} onChange={setAnyway} />
        </ConfirmDialog>
      )}
    </div>
  );
} // prettier-ignore
