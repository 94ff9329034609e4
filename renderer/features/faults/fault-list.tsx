import { useState } from 'react';
import type { FaultState } from '../../../main/contract/faults.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { ago } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ToneIcon } from '../../ui/status.tsx';
import css from './faults.module.css';
import { t } from './text.ts';
import { useCure } from './use-faults.ts';

/** What is broken on a machine now, what was measured of it, and its cures. */
export function FaultList({ of, faults }: { of: ObjectRef; faults: readonly FaultState[] }) {
  const cures = useCure(of);
  const { why, busy, cure } = cures;
  return (
    <Card
      title={t('now.title')}
      actions={
        faults.length > 0 && (
          <span className={css.all}>
            <Button size="small" tone="primary" busy={busy === 'all'} why={why} onClick={() => cure()}>
              {t('now.cureAll')}
            </Button>
          </span>
        )
      }
    >
      {faults.length === 0 ? (
        <p className={css.muted}>{t('now.none')}</p>
      ) : (
        <ul className={css.list}>
          {faults.map((fault) => (
            <FaultItem key={`${fault.kind} ${fault.since ?? ''}`} fault={fault} cures={cures} />
          ))}
        </ul>
      )}
    </Card>
  );
}

/** One fault. What a lab hides is told when somebody asks. */
function FaultItem({ fault, cures: { why, busy, cure } }: { fault: FaultState; cures: ReturnType<typeof useCure> }) {
  const now = useNow();
  const [told, tell] = useState(!fault.hidden);
  const words = told ? fault.words : t('now.hidden');
  return (
    <li className={css.fault}>
      <ToneIcon tone={fault.waits ? 'note' : 'warning'} />
      <div className={css.words}>
        <p>
          <strong>{words}</strong>
          {fault.since && <span className={css.muted}> {t('now.since', { time: ago(fault.since, now) })}</span>}
        </p>
        {!told && <p className={css.muted}>{t('now.hiddenText')}</p>}
        {told && fault.measured && <p className={css.muted}>{t('now.measured', { measured: fault.measured })}</p>}
        {fault.waits && <p className={css.muted}>{fault.waits}</p>}
        {told && fault.noCure && <p className={css.muted}>{fault.noCure}</p>}
      </div>
      {!told && (
        <Button size="small" onClick={() => tell(true)}>
          {t('now.tell')}
        </Button>
      )}
      <Button size="small" busy={busy === fault.kind} why={why} onClick={() => cure(fault)}>
        {t('now.cure')}
        <span className="visually-hidden">{t('now.cureOf', { words })}</span>
      </Button>
    </li>
  );
}
