import type { ReactNode } from 'react';
import { bytes, dateTime } from '../../lib/format.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { desktop } from '../../lib/desktop.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { DownloadIcon, TrashIcon } from '../../ui/icons.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { t } from './text.ts';
import css from './transfer.module.css';

/** What was cut and can go on, and finished files that a browser can fetch. */
export function Kept(): ReactNode {
  const cut = useCall(['transfer.unfinished'], (api) => api.transfer.unfinished({}));
  const files = useCall(['transfer.files'], (api) => api.transfer.files({}));
  const offer = useOffer();
  const resume = useAction((api, id: string) => api.transfer.resume({ id }), {
    onDone: () => {
      toast({ title: t('cut.resumed') });
      cut.again();
    },
    onProblem: toastProblem,
  });
  const discard = useAction((api, id: string) => api.transfer.discard({ id }), {
    onDone: () => cut.again(),
    onProblem: toastProblem,
  });
  const remove = useAction((api, name: string) => api.transfer.removeFile({ name }), {
    onDone: () => files.again(),
    onProblem: toastProblem,
  });
  return (
    <>
      {(cut.value ?? []).length > 0 && (
        <Card title={t('cut.title')}>
          <ul className={css.rows}>
            {cut.value?.map(({ id, kind, machine, file, at, target }) => (
              <li key={id} className={css.row}>
                <span className={css.grow}>
                  {t(`cut.${kind}`, { machine, file })}
                  <br />
                  <span className={css.quiet}>{t('cut.begun', { at: dateTime(at), target })}</span>
                </span>
                <Button
                  size="small"
                  tone="primary"
                  busy={resume.busy}
                  why={offer('transfer.resume')}
                  onClick={() => void resume.run(id)}
                >
                  {t('cut.resume')}
                </Button>
                <Button size="small" busy={discard.busy} onClick={() => void discard.run(id)}>
                  {t('cut.discard')}
                </Button>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {(files.value ?? []).length > 0 && (
        <Card title={t('files.title')}>
          <ul className={css.rows}>
            {files.value?.map(({ name, size, at, download }) => (
              <li key={name} className={css.row}>
                <span className={css.grow}>
                  {name}
                  <br />
                  <span className={css.quiet}>{t('files.about', { size: bytes(size), at: dateTime(at) })}</span>
                </span>
                {!desktop && (
                  <Button size="small" icon={DownloadIcon} onClick={() => globalThis.location.assign(download)}>
                    {t('files.download')}
                  </Button>
                )}
                <Button size="small" icon={TrashIcon} busy={remove.busy} onClick={() => void remove.run(name)}>
                  {t('files.remove')}
                </Button>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}
