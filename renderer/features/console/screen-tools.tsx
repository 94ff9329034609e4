import type RFB from '@novnc/novnc';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { CameraIcon, CheckIcon, ChevronDownIcon, EditIcon, EyeIcon, KeyboardIcon, ScaleIcon } from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import { chords } from './keys.ts';
import { PasteDialog } from './paste-dialog.tsx';
import { bytesOfBase64, saveFile, stamped } from './save.ts';
import type { ScaleMode } from './screen-view.tsx';
import { t } from './text.ts';
import { sendChord } from './type-text.ts';

const modes: ScaleMode[] = ['fit', 'actual', 'guest'];
interface Props {
  of: ObjectRef;
  rfb: RFB | undefined;
  scale: ScaleMode;
  onScale: (mode: ScaleMode) => void;
  viewOnly: boolean;
  onViewOnly: (on: boolean) => void;
}

/** What can be done with a screen besides looking and typing. */
export function ScreenTools({ of, rfb, scale, onScale, viewOnly, onViewOnly }: Props): ReactNode {
  const [pasting, setPasting] = useState(false);
  const why = rfb ? undefined : t('off');
  const keysWhy = why ?? (viewOnly ? t('watching') : undefined);
  const shot = useAction((api, ref: ObjectRef) => api.consoles.screenshot(ref), {
    onDone: ({ png }) => saveFile(`${stamped(of.name)}.png`, [bytesOfBase64(png)], 'image/png'),
    onProblem: toastProblem,
  });
  return (
    <>
      <Menu
        label={t('keys.send')}
        trigger={
          <Button size="small" tone="quiet" icon={KeyboardIcon} iconAfter={ChevronDownIcon}>
            {t('keys.send')}
          </Button>
        }
        items={chords.flatMap(({ id, label, keys }) => {
          const onSelect = (): void => {
            if (!rfb) return;
            sendChord(rfb, keys);
            rfb.focus();
          };
          const item = { label, onSelect, why: keysWhy };
          return id === 'ctrl-alt-f1' || id === 'alt-tab' || id === 'sysrq-s' ? ['separator' as const, item] : [item];
        })}
      />
      <IconButton icon={EditIcon} label={t('paste')} why={keysWhy} onClick={() => setPasting(true)} />
      <Menu
        label={t('scale')}
        icon={ScaleIcon}
        items={modes.map((mode) => ({
          label: t(`scale.${mode}`),
          icon: mode === scale ? CheckIcon : undefined,
          onSelect: () => onScale(mode),
        }))}
      />
      <IconButton icon={EyeIcon} label={t('viewOnly')} pressed={viewOnly} onClick={() => onViewOnly(!viewOnly)} />
      <IconButton
        icon={CameraIcon}
        label={t('screenshot')}
        why={why}
        busy={shot.busy}
        onClick={() => void shot.run(of)}
      />
      {pasting && rfb && <PasteDialog rfb={rfb} name={of.name} onClose={() => setPasting(false)} />}
    </>
  );
}
