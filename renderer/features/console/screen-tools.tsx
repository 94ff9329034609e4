import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { useApi } from '../../lib/connection.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { asProblem, ProblemError } from '../../../main/contract/problem.ts';
import { Button } from '../../ui/button.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import {
  CameraIcon,
  CheckIcon,
  ChevronDownIcon,
  CopyIcon,
  EditIcon,
  EyeIcon,
  KeyboardIcon,
  ScaleIcon,
  TextIcon,
} from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { common, parseChord } from './keys/chords.ts';
import type { Key } from './keys/key.ts';
import { KeysDialog } from './keys/keys-dialog.tsx';
import { useOwnKeys } from './keys/own-keys.ts';
import { PasteDialog } from './keys/paste-dialog.tsx';
import { sendChord } from './keys/typing.ts';
import { bytesOfBase64, saveFile, stamped } from './save.ts';
import type { LiveScreen, ScaleMode } from './screen-view.tsx';
import { t } from './text.ts';

const modes: ScaleMode[] = ['fit', 'actual', 'guest'];
interface Props {
  of: ObjectRef;
  screen: LiveScreen | undefined;
  /** Whether the machine is on: a picture can be taken whoever is connected. */
  on: boolean;
  scale: ScaleMode;
  onScale: (mode: ScaleMode) => void;
  viewOnly: boolean;
  onViewOnly: (on: boolean) => void;
  /** There is no room for a button each: all but the keys are in a menu. */
  narrow: boolean;
}

/** What can be done with a screen besides looking and typing. */
export function ScreenTools({ of, screen, on, scale, onScale, viewOnly, onViewOnly, narrow }: Props): ReactNode {
  const [open, setOpen] = useState<'paste' | 'keys'>();
  const api = useApi();
  const { all: own } = useOwnKeys(of);
  const why = screen ? undefined : t('off');
  const shotWhy = useOffer()('consoles.screenshot') ?? (on ? undefined : t('off'));
  const textWhy = useOffer()('consoles.screenText') ?? (on ? undefined : t('off'));
  const keysWhy = why ?? (viewOnly ? t('watching') : undefined);
  const shot = useAction((each, ref: ObjectRef) => each.consoles.screenshot(ref), {
    onDone: ({ png }) => saveFile(`${stamped(of.name)}.png`, [bytesOfBase64(png)], 'image/png'),
    onProblem: toastProblem,
  });
  const copyPicture = (): void => {
    // The clipboard wants to be asked within the click: it gets the promise of the picture.
    const picture = api.consoles
      .screenshot(of)
      .then(({ png }) => new Blob([bytesOfBase64(png)], { type: 'image/png' }));
    navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]).then(
      () => toast({ title: t('screenshot.copied') }),
      (error: unknown) => toastProblem(asProblem(error)),
    );
  };
  /** A text screen read off its picture: a guest needs nothing for it. */
  const copyText = (): void => {
    const text = api.consoles.screenText(of).then(({ rows, cols, unreadable }) => {
      if (unreadable * 2 > rows.length * cols) throw new ProblemError({ code: 'no-text', title: t('text.none'), detail: t('text.none.detail') });
      return new Blob([rows.join('\n').trimEnd()], { type: 'text/plain' });
    }); // prettier-ignore
    navigator.clipboard.write([new ClipboardItem({ 'text/plain': text })]).then(
      () => toast({ title: t('text.copied') }),
      (error: unknown) => {
        // Some browsers say only that there was nothing to write: why is what the text was not read for.
        void text.then(
          () => toastProblem(asProblem(error)),
          (cause: unknown) => toastProblem(asProblem(cause)),
        );
      },
    );
  };
  const send = (keys: readonly Key[]): void => {
    if (screen) sendChord(screen.rfb, keys);
  };
  const item = (label: string, keys: readonly Key[]) => ({
    label,
    why: keysWhy,
    onSelect: () => send(keys),
    takesFocus: () => screen?.rfb.focus(),
  });
  const scales = modes.map((mode) => ({
    label: t(`scale.${mode}`),
    icon: mode === scale ? CheckIcon : undefined,
    onSelect: () => onScale(mode),
  }));
  return (
    <>
      <Menu
        label={t('keys.send')}
        trigger={
          <Button size="small" tone="quiet" icon={KeyboardIcon} iconAfter={ChevronDownIcon}>
            {t('keys.send')}
          </Button>
        }
        items={[
          ...common.map(({ label, keys }) => item(label, keys)),
          ...(own.length > 0 ? ['separator' as const] : []),
          ...own.flatMap((label) => {
            const parsed = parseChord(label);
            return parsed && 'keys' in parsed ? [item(label, parsed.keys)] : [];
          }),
          'separator',
          { label: t('keys.all'), why: keysWhy, onSelect: () => setOpen('keys') },
        ]}
      />
      {narrow ? (
        <Menu
          label={t('more')}
          items={[
            { label: t('paste'), icon: EditIcon, why: keysWhy, onSelect: () => setOpen('paste') },
            'separator',
            ...scales,
            'separator',
            { label: t('viewOnly'), icon: viewOnly ? CheckIcon : EyeIcon, onSelect: () => onViewOnly(!viewOnly) },
            { label: t('screenshot'), icon: CameraIcon, why: shotWhy, onSelect: () => void shot.run(of) },
            { label: t('screenshot.copy'), icon: CopyIcon, why: shotWhy, onSelect: copyPicture },
            { label: t('text.copy'), icon: TextIcon, why: textWhy, onSelect: copyText },
          ]}
        />
      ) : (
        <>
          <IconButton icon={EditIcon} label={t('paste')} why={keysWhy} onClick={() => setOpen('paste')} />
          <Menu label={t('scale')} icon={ScaleIcon} items={scales} />
          <IconButton icon={EyeIcon} label={t('viewOnly')} pressed={viewOnly} onClick={() => onViewOnly(!viewOnly)} />
          <IconButton
            icon={CameraIcon}
            label={t('screenshot')}
            why={shotWhy}
            busy={shot.busy}
            onClick={() => void shot.run(of)}
          />
          <IconButton icon={CopyIcon} label={t('screenshot.copy')} why={shotWhy} onClick={copyPicture} />
          <IconButton icon={TextIcon} label={t('text.copy')} why={textWhy} onClick={copyText} />
        </>
      )}
      {open === 'paste' && screen && (
        <PasteDialog
          of={of}
          to={{
            by: 'keys',
            look: () => api.consoles.screenText(of),
            sendKey: (keysym, code, down) => screen.rfb.sendKey(keysym, code, down),
            sent: screen.sent,
            focus: () => screen.rfb.focus(),
          }}
          onClose={() => setOpen(undefined)}
        />
      )}
      {open === 'keys' && <KeysDialog of={of} onSend={send} onClose={() => setOpen(undefined)} />}
    </>
  );
}
