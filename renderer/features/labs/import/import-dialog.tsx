import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { desktop } from '../../../lib/desktop.ts';
import { useAction } from '../../../lib/use-call.ts';
import { Button } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { FolderIcon } from '../../../ui/icons.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { TextField } from '../../../ui/text-field.tsx';
import css from '../lab/lab.module.css';
import { isPath } from '../paths.ts';
import { t } from '../text.ts';
import { ReviewDialog } from './review-dialog.tsx';

/** Bytes of a lab file and of a pack at most, as main/contract/labs/file.ts has it: that one comes with all of zod. */
const most = { text: 512 * 1024, pack: 2 * 1024 * 1024 };
/** A pack is gzipped: its first two bytes tell (RFC 1952). */
const isPack = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
/** Base64; in pieces, for a call takes only so many arguments. */
function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCodePoint(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** A lab from somebody else: chosen, looked at, and kept only when the person has seen what it would make. `file`: a path to begin with. */
export function ImportDialog({ file = '', onClose }: { file?: string | undefined; onClose: () => void }): ReactNode {
  const [path, setPath] = useState(file);
  const [wrong, setWrong] = useState<string>();
  const picker = useRef<HTMLInputElement>(null);
  const look = useAction((api, source: { path: string } | { text: string } | { pack: string }) =>
    api.labs.import(source),
  );
  const take = async (file: File | undefined): Promise<void> => {
    setWrong(undefined);
    look.reset();
    if (!file) return;
    if (file.size > most.pack) return setWrong(t('import.tooLarge'));
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (isPack(bytes)) return void (await look.run({ pack: base64(bytes) }));
    if (file.size > most.text) return setWrong(t('import.tooLarge'));
    const text = new TextDecoder().decode(bytes);
    if (text.includes('\0') || text.includes('\uFFFD')) return setWrong(t('import.pack'));
    await look.run({ text });
  };
  const pick = async (): Promise<void> => {
    const picked = await desktop?.pickFile?.({ title: t('import.title'), extensions: ['yaml', 'yml', 'hearthlab'] });
    if (picked === undefined) return;
    setPath(picked);
    await look.run({ path: picked });
  };
  if (look.value) return <ReviewDialog found={look.value} onClose={onClose} />;
  return (
    <Dialog open onClose={onClose} title={t('import.title')} description={t('import.text')}>
      <div className={css.stack}>
        <div>
          <Button
            icon={FolderIcon}
            busy={look.busy}
            onClick={() => (desktop?.pickFile ? void pick() : picker.current?.click())}
          >
            {t('import.choose')}
          </Button>
          <input
            ref={picker}
            hidden
            type="file"
            accept=".yaml,.yml,.hearthlab"
            aria-label={t('import.choose')}
            onChange={(event) => {
              void take(event.currentTarget.files?.[0]);
              event.currentTarget.value = '';
            }}
          />
        </div>
        <form
          noValidate
          className={css.pick}
          onSubmit={(event) => {
            event.preventDefault();
            if (isPath(path)) void look.run({ path: path.trim() });
          }}
        >
          <TextField label={t('import.path')} hint={t('import.pathHint')} mono value={path} onChange={setPath} />
          <Button type="submit" busy={look.busy} why={isPath(path) ? undefined : t('path.wanted')}>
            {t('import.look')}
          </Button>
        </form>
        {wrong !== undefined && <p role="alert">{wrong}</p>}
        {look.problem && <ProblemView problem={look.problem} compact />}
      </div>
    </Dialog>
  );
}
