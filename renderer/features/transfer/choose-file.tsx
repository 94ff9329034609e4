import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { asProblem } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import type { TransferSource } from '../../../main/contract/transfer.ts';
import { useApi } from '../../lib/connection.ts';
import { cx } from '../../lib/cx.ts';
import { useDrop } from '../../lib/use-drop.ts';
import { desktop } from '../../lib/desktop.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { UploadIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Progress } from '../../ui/progress.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { sendFile } from './send-file.ts';
import { t } from './text.ts';
import css from './transfer.module.css';

/** A machine file: chosen or dropped in a browser, picked natively in the app, or named by its path. */
export function ChooseFile({ onSource }: { onSource: (source: TransferSource) => void }): ReactNode {
  const api = useApi();
  const input = useRef<HTMLInputElement>(null);
  const stop = useRef<AbortController>(undefined);
  const [path, setPath] = useState('');
  const [sending, setSending] = useState<{ name: string; done: number }>();
  const [problem, setProblem] = useState<Problem>();
  const send = async (file: File | undefined): Promise<void> => {
    if (!file || sending) return;
    stop.current = new AbortController();
    setProblem(undefined);
    setSending({ name: file.name, done: 0 });
    try {
      const uploadId = await sendFile(api, file, stop.current.signal, (done) => setSending({ name: file.name, done }));
      onSource({ uploadId });
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'AbortError')) setProblem(asProblem(error));
    } finally {
      setSending(undefined);
    }
  };
  const { over, drop } = useDrop((files) => void send(files[0]));
  const pick = async (): Promise<void> => {
    if (!desktop?.pickFile) return input.current?.click();
    const picked = await desktop.pickFile({ title: t('import.title'), extensions: ['hearth-vm', 'ova', 'ovf'] });
    if (picked !== undefined) onSource({ path: picked });
  };
  return (
    <Card title={t('import.file')}>
      <div className={css.form}>
        {sending ? (
          <div className={css.form}>
            <Progress value={sending.done} label={t('import.uploading', { name: sending.name })} />
            <div className={css.actions}>
              <Button onClick={() => stop.current?.abort()}>{t('import.stop')}</Button>
            </div>
          </div>
        ) : (
          <div className={cx(css.drop, over && css.over)} {...drop}>
            <span>{t('import.drop')}</span>
            <Button tone="primary" icon={UploadIcon} onClick={() => void pick()}>
              {t('import.choose')}
            </Button>
            <input
              ref={input}
              type="file"
              hidden
              aria-label={t('import.choose')}
              accept=".hearth-vm,.ova"
              onChange={(event) => {
                void send(event.currentTarget.files?.[0]);
                event.currentTarget.value = '';
              }}
            />
          </div>
        )}
        <form
          className={css.row}
          onSubmit={(event) => {
            event.preventDefault();
            if (path.trim()) onSource({ path: path.trim() });
          }}
        >
          <div className={css.grow}>
            <TextField label={t('import.path')} hint={t('import.pathHint')} value={path} onChange={setPath} />
          </div>
          <Button type="submit" why={path.trim() ? undefined : t('import.pathHint')}>
            {t('import.look')}
          </Button>
        </form>
        {problem && <ProblemView problem={problem} compact />}
      </div>
    </Card>
  );
}
