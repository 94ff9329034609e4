import { useState } from 'react';
import type { ReactNode } from 'react';
import { settings, useLive } from '../../../lib/resources.ts';
import { useAction } from '../../../lib/use-call.ts';
import { Button } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { IconButton } from '../../../ui/icon-button.tsx';
import { TrashIcon } from '../../../ui/icons.tsx';
import { TextField } from '../../../ui/text-field.tsx';
import { toastProblem } from '../../../ui/toast.tsx';
import { t } from '../text.ts';
import { consoles, parseChord, sysrq } from './chords.ts';
import type { Key } from './key.ts';
import css from './keys.module.css';

interface Props {
  name: string;
  onSend: (keys: Key[]) => void;
  onClose: () => void;
}

/** Every key combination that the machine can be sent, and those of one's own. */
export function KeysDialog({ name, onSend, onClose }: Props): ReactNode {
  const own = useLive(settings).value?.keyCombinations ?? [];
  const [text, setText] = useState('');
  const [error, setError] = useState<string>();
  const save = useAction((api, keyCombinations: string[]) => api.settings.update({ keyCombinations }), {
    onProblem: toastProblem,
  });
  const parsed = parseChord(text);
  const read = (): Key[] | undefined => {
    const problem = !parsed
      ? t('keys.empty')
      : 'unknown' in parsed
        ? t('keys.unknown', { word: parsed.unknown })
        : undefined;
    setError(problem);
    return parsed && 'keys' in parsed ? parsed.keys : undefined;
  };
  const add = async (): Promise<void> => {
    const wanted = text.trim();
    if (!read()) return;
    if (!own.includes(wanted)) await save.run([...own, wanted]);
    setText('');
  };
  return (
    <Dialog open onClose={onClose} size="large" title={t('keys.title', { name })} description={t('keys.note')}>
      <section className={css.group} aria-label={t('keys.own')}>
        <h3>{t('keys.own')}</h3>
        {own.length > 0 && (
          <ul className={css.own}>
            {own.map((each) => {
              const chord = parseChord(each);
              return (
                <li key={each}>
                  <Button size="small" onClick={() => chord && 'keys' in chord && onSend(chord.keys)}>
                    {each}
                  </Button>
                  <IconButton
                    icon={TrashIcon}
                    label={t('keys.remove', { keys: each })}
                    onClick={() => void save.run(own.filter((other) => other !== each))}
                  />
                </li>
              );
            })}
          </ul>
        )}
        <form
          className={css.add}
          onSubmit={(event) => {
            event.preventDefault();
            void add();
          }}
        >
          <TextField
            label={t('keys.field')}
            hint={t('keys.hint')}
            value={text}
            error={error}
            maxLength={60}
            mono
            onChange={(next) => {
              setText(next);
              setError(undefined);
            }}
          />
          <Button
            onClick={() => {
              const keys = read();
              if (keys) onSend(keys);
            }}
          >
            {t('keys.sendOnce')}
          </Button>
          <Button type="submit" busy={save.busy}>
            {t('keys.save')}
          </Button>
        </form>
      </section>
      <section className={css.group} aria-label={t('keys.consoles')}>
        <h3>{t('keys.consoles')}</h3>
        <div className={css.chords}>
          {consoles.map(({ id, label, keys }) => (
            <Button key={id} size="small" onClick={() => onSend(keys)}>
              {label}
            </Button>
          ))}
        </div>
      </section>
      <section className={css.group} aria-label="SysRq">
        <h3>SysRq</h3>
        <p className={css.note}>{t('keys.sysrq.note')}</p>
        <ul className={css.sysrq}>
          {sysrq.map(({ id, letter, keys, harsh }) => (
            <li key={id}>
              <Button size="small" tone={harsh ? 'danger' : 'plain'} onClick={() => onSend(keys)}>
                {letter.toUpperCase()}
              </Button>
              <span>{/\d/.test(letter) ? t('sysrq.level', { level: letter }) : t(`sysrq.${letter as 'b'}`)}</span>
            </li>
          ))}
        </ul>
      </section>
    </Dialog>
  );
}
