import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../../main/contract/machine-ref.ts';
import { Button } from '../../../ui/button.tsx';
import { Checkbox } from '../../../ui/checkbox.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { IconButton } from '../../../ui/icon-button.tsx';
import { TrashIcon } from '../../../ui/icons.tsx';
import { TextField } from '../../../ui/text-field.tsx';
import { t } from '../text.ts';
import { consoles, parseChord, sysrq } from './chords.ts';
import type { Key } from './key.ts';
import css from './keys.module.css';
import { useOwnKeys } from './own-keys.ts';

interface Props {
  of: ObjectRef;
  onSend: (keys: Key[]) => void;
  onClose: () => void;
}

/** Every key combination that the machine can be sent, and those of one's own. */
export function KeysDialog({ of, onSend, onClose }: Props): ReactNode {
  const own = useOwnKeys(of);
  const [forAll, setForAll] = useState(false);
  const [text, setText] = useState('');
  const [error, setError] = useState<string>();
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
    if (await own.add(wanted, forAll)) setText('');
  };
  return (
    <Dialog open onClose={onClose} size="large" title={t('keys.title', { name: of.name })} description={t('keys.note')}>
      <section className={css.group} aria-label={t('keys.own')}>
        <h3>{t('keys.own')}</h3>
        <OwnList
          title={t('keys.mine', { name: of.name })}
          keys={own.mine}
          onSend={onSend}
          onRemove={(keys) => void own.remove(keys, false)}
        />
        <OwnList
          title={t('keys.common')}
          keys={own.common}
          onSend={onSend}
          onRemove={(keys) => void own.remove(keys, true)}
        />
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
          <Button type="submit" busy={own.busy}>
            {t('keys.save')}
          </Button>
          <Checkbox label={t('keys.forAll')} checked={forAll} onChange={setForAll} />
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

function OwnList({
  title,
  keys,
  onSend,
  onRemove,
}: {
  title: string;
  keys: readonly string[];
  onSend: (keys: Key[]) => void;
  onRemove: (keys: string) => void;
}): ReactNode {
  if (keys.length === 0) return null;
  return (
    <>
      <p className={css.note}>{title}</p>
      <ul className={css.own}>
        {keys.map((each) => {
          const chord = parseChord(each);
          return (
            <li key={each}>
              <Button size="small" onClick={() => chord && 'keys' in chord && onSend(chord.keys)}>
                {each}
              </Button>
              <IconButton icon={TrashIcon} label={t('keys.remove', { keys: each })} onClick={() => onRemove(each)} />
            </li>
          );
        })}
      </ul>
    </>
  );
}
