import type { ReactNode } from 'react';
import type { SeatRow } from '../../../../main/contract/classroom.ts';
import { useAction } from '../../../lib/use-call.ts';
import { Button } from '../../../ui/button.tsx';
import { toastProblem } from '../../../ui/toast.tsx';
import css from '../classroom.module.css';
import { t } from '../text.ts';

/** What is answered to a wish for help. */
export function HelpButtons({ row }: { row: SeatRow }): ReactNode {
  const tell = useAction((api, kind: 'coming' | 'helped') => api.classroom.tell({ seat: row.id, kind }), { onProblem: toastProblem }); // prettier-ignore
  const why = row.state === 'away' ? t('away.why') : undefined;
  return (
    <div className={css.buttons}>
      {!row.now?.help?.coming && (
        <Button size="small" busy={tell.busy} why={why} onClick={() => void tell.run('coming')}>
          {t('coming')}
        </Button>
      )}
      <Button size="small" busy={tell.busy} why={why} onClick={() => void tell.run('helped')}>
        {t('helped')}
      </Button>
    </div>
  );
}
