import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { ImageRow } from '../../../main/contract/image.ts';
import { useApi } from '../../lib/connection.ts';
import { bytes, duration, rate } from '../../lib/format.ts';
import { images, useList } from '../../lib/resources.ts';
import { cx } from '../../lib/cx.ts';
import { useDrop } from '../../lib/use-drop.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { UploadIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Progress } from '../../ui/progress.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './upload.module.css';
import { freeImageName, nameOfFile } from './names.ts';
import { t } from './text.ts';
import { forgetUpload, sameFile } from './upload-records.ts';
import type { UploadRecord } from './upload-records.ts';
import { uploads } from './uploads.ts';
import type { UploadItem } from './uploads.ts';
import { useUnfinished, useUploads } from './use-uploads.ts';

/** Files from this browser, several at once, each going on where it stopped. */
export function UploadTab(): ReactNode {
  const api = useApi();
  const list = useList(images);
  const items = useUploads();
  const unfinished = useUnfinished();
  const [forgotten, setForgotten] = useState<ReadonlySet<string>>(new Set());
  const input = useRef<HTMLInputElement>(null);
  const resuming = useRef<UploadRecord>(undefined);

  const take = (files: readonly File[]): void => {
    const wanted = resuming.current;
    resuming.current = undefined;
    const taken = new Set([...list.items.map((row) => row.name), ...items.map((item) => item.name)]);
    for (const file of files) {
      const record = wanted ?? unfinished.find((each) => sameFile(each, file));
      if (record && sameFile(record, file)) {
        uploads.add(api, file, record.name, record.displayName);
        continue;
      }
      if (wanted) {
        toast({
          tone: 'warning',
          title: t('upload.resume.wrong'),
          detail: t('upload.resume.wrong.detail', {
            file: wanted.fileName, size: bytes(wanted.size), other: file.name, otherSize: bytes(file.size),
          }), // prettier-ignore
        });
        continue;
      }
      const name = freeImageName(nameOfFile(file.name), taken);
      taken.add(name);
      uploads.add(api, file, name, file.name);
    }
  };
  const { over, drop } = useDrop(take);
  const choose = (record?: UploadRecord): void => {
    resuming.current = record;
    input.current?.click();
  };
  return (
    <div className={css.uploads}>
      {unfinished
        .filter((record) => !forgotten.has(record.name))
        .map((record) => (
          <Banner
            key={record.name}
            tone="note"
            title={`${t('upload.resume.title')}: ${record.displayName}`}
            actions={
              <>
                <Button size="small" tone="primary" onClick={() => choose(record)}>
                  {t('upload.resume.choose')}
                </Button>
                <Button
                  size="small"
                  tone="quiet"
                  onClick={() => {
                    forgetUpload(localStorage, record.name);
                    setForgotten(new Set([...forgotten, record.name]));
                  }}
                >
                  {t('upload.resume.forget')}
                </Button>
              </>
            }
          >
            {t('upload.resume.text', { file: record.fileName })}
          </Banner>
        ))}
      <div className={cx(css.drop, over && css.over)} {...drop}>
        <UploadIcon size={24} />
        <p className={css.lead}>{t('upload.drop')}</p>
        <p className={css.or}>{t('upload.or')}</p>
        <Button onClick={() => choose()}>{t('upload.choose')}</Button>
        <p className={css.hint}>{t('upload.hint')}</p>
        <input
          ref={input}
          type="file"
          multiple
          className="visually-hidden"
          tabIndex={-1}
          aria-label={t('upload.choose')}
          onChange={(event) => {
            take([...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
      </div>
      {items.length > 0 && (
        <ul aria-label={t('upload.list')} className={css.list}>
          {items.map((item) => (
            <Upload key={item.name} item={item} image={list.items.find((row) => row.name === item.name)} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Upload({ item, image }: { item: UploadItem; image: ImageRow | undefined }): ReactNode {
  const api = useApi();
  return (
    <li className={css.item}>
      <div className={css.line}>
        <span className={css.name}>{item.displayName}</span>
        <span className={css.note}>{noteOf(item, image)}</span>
        {item.state === 'failed' && (
          <Button size="small" onClick={() => uploads.retry(api, item.name)}>
            {t('upload.retry')}
          </Button>
        )}
        {item.state !== 'done' && (
          <Button size="small" tone="quiet" onClick={() => void uploads.stop(api, item.name)}>
            {t('upload.stop')}
          </Button>
        )}
      </div>
      {item.state === 'uploading' && <Progress value={item.sent / item.size} label={item.displayName} />}
      {item.problem && item.state === 'failed' && <ProblemView problem={item.problem} compact />}
    </li>
  );
}

/** How far an upload is, in words. */
export function noteOf(item: UploadItem, image?: ImageRow): string {
  if (item.state === 'waiting') return t('upload.waiting');
  if (item.state === 'done') {
    if (image?.state === 'ready') return t('upload.ready');
    return image?.state === 'failed' ? (image.problem ?? t('state.failed')) : t('upload.done');
  }
  const sent = bytes(item.sent);
  const size = bytes(item.size);
  if (item.rate === undefined || item.rate <= 0) return t('upload.sendingSlow', { sent, size });
  const left = duration((item.size - item.sent) / item.rate);
  return t('upload.sending', { sent, size, rate: rate(item.rate), left });
}
