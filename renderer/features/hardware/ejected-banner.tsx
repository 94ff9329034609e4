import type { ReactNode } from 'react';
import type { EjectedDisc } from '../../../main/contract/hardware.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { dateTime } from '../../lib/format.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import { t } from './text.ts';
import { tell } from './use-hardware.ts';

/** The disc of an installer was taken out by Hearth itself: when, why, and the way back. */
export function EjectedBanner({ of, ejected }: { of: ObjectRef; ejected: EjectedDisc }): ReactNode {
  const offer = useOffer();
  const settle = useAction((api, back: boolean) => api.hardware.settleEjected({ ...of, back }), {
    onDone: ({ when }, back) => back && tell(t('ejected.back', { name: ejected.drive }), of.name, when),
    onProblem: toastProblem,
  });
  return (
    <Banner
      tone="note"
      title={t('ejected.title', { at: dateTime(ejected.at) })}
      actions={
        <Button
          size="small"
          busy={settle.busy}
          why={offer('hardware.settleEjected')}
          onClick={() => void settle.run(true)}
        >
          {t('ejected.undo')}
        </Button>
      }
      onClose={() => void settle.run(false)}
    >
      {t('ejected.why', { why: ejected.why })}
    </Banner>
  );
}
