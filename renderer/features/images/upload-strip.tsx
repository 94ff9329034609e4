import type { ReactNode } from 'react';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { t } from './text.ts';
import { noteOf } from './upload-tab.tsx';
import { useUnfinished, useUploads } from './use-uploads.ts';

/** Over the library: what this window sends, and what an earlier one left unfinished. */
export function UploadStrip({ onOpen }: { onOpen: () => void }): ReactNode {
  const items = useUploads().filter((item) => item.state !== 'done');
  const unfinished = useUnfinished();
  if (items.length === 0 && unfinished.length === 0) return null;
  const failed = items.some((item) => item.state === 'failed');
  const first = items[0];
  return (
    <Banner
      tone={failed ? 'problem' : 'note'}
      title={first ? t('upload.list') : t('upload.resume.title')}
      actions={
        <Button size="small" onClick={onOpen}>
          {t('details')}
        </Button>
      }
    >
      {first
        ? items.map((item) => (
            <p key={item.name}>
              {item.displayName}: {noteOf(item)}
            </p>
          ))
        : t('upload.resume.text', { file: unfinished.map((record) => record.fileName).join(', ') })}
    </Banner>
  );
}
