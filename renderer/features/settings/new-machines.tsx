import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { KeyIcon, PlusIcon, TrashIcon } from '../../ui/icons.tsx';
import { TextArea } from '../../ui/text-area.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { SaveField } from './save-field.tsx';
import css from './settings.module.css';
import { keyName, keyProblem } from './ssh-key.ts';
import { t } from './text.ts';
import { useSave } from './use-save.ts';
import type { SectionProps } from './use-save.ts';

export function NewMachines({ settings }: SectionProps) {
  const save = useSave();
  return (
    <>
      <Keys settings={settings} />
      <Card title={t('user.title')}>
        <SaveField
          label={t('user.label')}
          hint={t('user.hint')}
          value={settings.defaultUser}
          check={(user) => (/^[a-z_][a-z0-9_-]{0,31}$/.test(user) ? undefined : t('user.wrong'))}
          onSave={(defaultUser) => save.run({ defaultUser })}
          mono
        />
      </Card>
      <Card title={t('mirror.title')}>
        <SaveField
          label={t('mirror.label')}
          hint={t('mirror.hint')}
          value={settings.debianMirror}
          check={(url) => (/^https?:\/\/\S+$/.test(url) && URL.canParse(url) ? undefined : t('mirror.wrong'))}
          onSave={(debianMirror) => save.run({ debianMirror })}
          mono
        />
      </Card>
    </>
  );
}

function Keys({ settings: { sshKeys } }: SectionProps) {
  const save = useSave();
  const [text, setText] = useState('');
  const [name, setName] = useState<string>();
  const error = text.trim() === '' ? undefined : keyProblem(text, sshKeys);
  const add = async (): Promise<void> => {
    const label = (name ?? keyName(text)) || `key ${sshKeys.length + 1}`;
    const saved = await save.run({ sshKeys: [...sshKeys, { name: label, key: text.trim() }] });
    if (!saved) return;
    setText('');
    setName(undefined);
  };
  return (
    <Card title={t('keys.title')}>
      <div className={css.stack}>
        <p className={css.text}>{t('keys.text')}</p>
        {sshKeys.length === 0 && <p className={css.none}>{t('keys.none')}</p>}
        {sshKeys.length > 0 && (
          <ul className={css.keys}>
            {sshKeys.map((each) => (
              <li key={each.key} className={css.key}>
                <KeyIcon />
                <span className={css.keyName}>{each.name}</span>
                <code className={css.keyText}>{each.key}</code>
                <IconButton
                  icon={TrashIcon}
                  tone="danger"
                  label={t('keys.remove', { name: each.name })}
                  onClick={() => void save.run({ sshKeys: sshKeys.filter((other) => other !== each) })}
                />
              </li>
            ))}
          </ul>
        )}
        <TextArea
          label={t('keys.key')}
          hint={t('keys.keyHint')}
          error={error}
          value={text}
          onChange={setText}
          rows={2}
          mono
        />
        {text.trim() !== '' && error === undefined && (
          <div className={css.inline}>
            <TextField label={t('keys.name')} value={name ?? keyName(text)} onChange={setName} maxLength={100} />
            <Button icon={PlusIcon} busy={save.busy} onClick={() => void add()}>
              {t('keys.add')}
            </Button>
          </div>
        )}
      </div>
    </Card>
  );
}
