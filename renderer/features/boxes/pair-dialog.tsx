import { useState } from 'react';
import { useLocation } from 'wouter';
import type { FoundBox } from '../../../main/contract/box/boxes.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './boxes.module.css';
import { t } from './text.ts';
import { digitsOf, plainAddress, shortPrint } from './view.ts';

/** Pairs by the eight digits that the box shows on its screen. They prove both sides; nothing else is believed before. */
export function PairDialog({ box, onClose }: { box: FoundBox; onClose: () => void }) {
  const name = box.hello?.name ?? plainAddress(box.address);
  const [code, setCode] = useState('');
  const [tried, setTried] = useState(false);
  const [, go] = useLocation();
  const { address, fingerprint } = box;
  const pair = useAction(
    (api, digits: string) => api.boxes.pair({ address, code: digits, ...(fingerprint !== undefined && { fingerprint }) }),
    {
      onDone: ({ id }) => {
        toast({ title: t('pair.done', { name }) });
        onClose();
        go(`/boxes/${encodeURIComponent(id)}`);
      },
    },
  );
  const digits = digitsOf(code);
  const submit = (): void => {
    setTried(true);
    if (digits.length === 8 && !pair.busy) void pair.run(digits);
  };
  const problem = pair.problem ?? box.problem;
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('pair.title', { name })}
      size="small"
      cancel
      footer={
        <Button tone="primary" busy={pair.busy} onClick={submit}>
          {t('pair')}
        </Button>
      }
    >
      <div className={css.stack}>
        <p className={css.text}>{t('pair.text')}</p>
        <TextField
          label={t('pair.code')}
          value={code}
          onChange={(next) => {
            setCode(next);
            setTried(false);
          }}
          onEnter={submit}
          hint={t('pair.codeHint')}
          error={tried && digits.length !== 8 ? t('pair.eight') : undefined}
          placeholder="1234 5678"
          inputMode="numeric"
          maxLength={12}
          mono
        />
        {problem && <ProblemView problem={problem} compact />}
        {fingerprint && (
          <div>
            <p className={css.muted}>{t('pair.key')}</p>
            <p className={css.print}>{shortPrint(fingerprint)}</p>
          </div>
        )}
      </div>
    </Dialog>
  );
} // prettier-ignore
