import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './settings.module.css';
import { t } from './text.ts';

interface Props {
  label: string;
  hint?: string | undefined;
  value: string;
  /** What is wrong with a text, if anything. */
  check: (text: string) => string | undefined;
  onSave: (text: string) => Promise<unknown>;
  mono?: boolean | undefined;
}

/** A text setting: Save appears when it differs. */
export function SaveField({ label, hint, value, check, onSave, mono }: Props) {
  const [draft, setDraft] = useState<string>();
  const [busy, setBusy] = useState(false);
  const text = draft ?? value;
  const dirty = draft !== undefined && draft !== value;
  const error = dirty ? check(text) : undefined;
  const save = async (): Promise<void> => {
    if (!dirty || error !== undefined) return;
    setBusy(true);
    const saved = await onSave(text);
    setBusy(false);
    if (saved !== undefined) setDraft(undefined);
  };
  return (
    <div className={css.saveField}>
      <TextField {...{ label, hint, error, mono }} value={text} onChange={setDraft} onEnter={() => void save()} />
      {dirty && (
        <div className={css.buttons}>
          <Button size="small" tone="primary" busy={busy} why={error} onClick={() => void save()}>
            {t('save')}
          </Button>
          <Button size="small" tone="quiet" onClick={() => setDraft(undefined)}>
            {t('undo')}
          </Button>
        </div>
      )}
    </div>
  );
}
