import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { ForeignFile } from '../../../main/contract/foreign.ts';
import { cx } from '../../lib/cx.ts';
import { useDrop } from '../../lib/use-drop.ts';
import { desktop } from '../../lib/desktop.ts';
import { useMay } from '../../lib/use-may.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { FolderIcon } from '../../ui/icons.tsx';
import { TextArea } from '../../ui/text-area.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { textToForeign, toForeign } from './files.ts';
import css from './foreign.module.css';
import { t } from './text.ts';

const endings = ['vmx', 'xml', 'conf', 'txt', 'qcow2', 'raw', 'img', 'vmdk', 'vhd', 'vhdx', 'vdi', 'iso'];
const most = 16;

/** Files are chosen or dropped, named by their path, or their text is pasted: what virsh and qm print is no file. */
export function ChooseFiles({ busy, onFiles }: { busy: boolean; onFiles: (files: ForeignFile[]) => void }): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [path, setPath] = useState('');
  const notHere = useMay()('foreign.preview:path');
  const take = async (files: readonly File[]): Promise<void> => {
    if (files.length > 0) onFiles(await Promise.all(files.slice(0, most).map(toForeign)));
  };
  const { over, drop } = useDrop((files) => void take(files));
  const pick = async (): Promise<void> => {
    if (!desktop?.pickFile) return input.current?.click();
    const picked = await desktop.pickFile({ title: t('title'), extensions: endings });
    if (picked !== undefined) onFiles([{ path: picked }]);
  };
  return (
    <Card title={t('files')}>
      <div className={css.form}>
        <div className={cx(css.drop, over && css.over)} {...drop}>
          <span>{t('drop')}</span>
          <span className={css.quiet}>{t('drop.detail')}</span>
          <Button tone="primary" icon={FolderIcon} busy={busy} onClick={() => void pick()}>
            {t('choose')}
          </Button>
          <input
            ref={input}
            type="file"
            hidden
            multiple
            aria-label={t('choose')}
            onChange={(event) => {
              void take([...(event.currentTarget.files ?? [])]);
              event.currentTarget.value = '';
            }}
          />
        </div>
        <form
          className={css.form}
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim() !== '') onFiles([textToForeign(text)]);
          }}
        >
          <TextArea label={t('paste')} hint={t('paste.hint')} value={text} onChange={setText} rows={6} mono />
          <div className={css.actions}>
            <Button type="submit" busy={busy} why={text.trim() === '' ? t('paste.none') : undefined}>
              {t('look.text')}
            </Button>
          </div>
        </form>
        <form
          className={css.row}
          onSubmit={(event) => {
            event.preventDefault();
            if (path.trim() !== '' && notHere === undefined) onFiles([{ path: path.trim() }]);
          }}
        >
          <div className={css.grow}>
            <TextField label={t('path')} hint={t('path.hint')} mono value={path} onChange={setPath} />
          </div>
          <Button type="submit" busy={busy} why={notHere ?? (path.trim() === '' ? t('path.hint') : undefined)}>
            {t('look')}
          </Button>
        </form>
      </div>
    </Card>
  );
}
