import type RFB from '@novnc/novnc';
import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Progress } from '../../ui/progress.tsx';
import { TextArea } from '../../ui/text-area.tsx';
import { t } from './text.ts';
import { sendText } from './type-text.ts';

interface Props {
  rfb: RFB;
  name: string;
  onClose: () => void;
}

/** A screen has no clipboard: a text goes in as key presses. */
export function PasteDialog({ rfb, name, onClose }: Props): ReactNode {
  const [text, setText] = useState('');
  const [done, setDone] = useState<number>();
  const stop = useRef<AbortController>(undefined);
  const all = [...text].length;

  const close = (): void => {
    stop.current?.abort();
    onClose();
  };
  const send = async (): Promise<void> => {
    stop.current = new AbortController();
    setDone(0);
    await sendText(rfb, text, stop.current.signal, setDone);
    if (stop.current.signal.aborted) return;
    onClose();
    rfb.focus();
  };
  return (
    <Dialog
      open
      onClose={close}
      title={t('paste.title', { name })}
      description={t('paste.text')}
      footer={
        <>
          <Button tone="quiet" onClick={close}>
            {t(done === undefined ? 'cancel' : 'paste.stop')}
          </Button>
          <Button tone="primary" busy={done !== undefined} onClick={() => void (all > 0 && send())}>
            {t('paste.send', { n: all })}
          </Button>
        </>
      }
    >
      <TextArea label={t('paste.field')} value={text} onChange={setText} rows={6} mono />
      {done !== undefined && <Progress value={all ? done / all : 1} label={t('paste.busy', { done, all })} />}
    </Dialog>
  );
}
