import { useState } from 'react';
import type { ReactNode } from 'react';
import type { z } from 'zod';
import type { addImageFileSchema } from '../../../main/contract/image.ts';
import { desktop } from '../../lib/desktop.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './images.module.css';
import { nameOfFile } from './names.ts';
import { SystemField } from './system-field.tsx';
import { t } from './text.ts';
import { useName } from './use-name.ts';

const extensions = ['qcow2', 'img', 'raw', 'vmdk', 'vhdx', 'vhd', 'vdi', 'ova', 'iso', 'xz', 'gz', 'zst', 'bz2'];
const isPath = (text: string): boolean => /^(\/|[A-Za-z]:[\\/])./.test(text.trim());

/** A file that is already on the computer Hearth runs on. */
export function FileTab({ onClose }: { onClose: () => void }): ReactNode {
  const [path, setPath] = useState('');
  const [left, setLeft] = useState(false);
  const [mode, setMode] = useState<'copy' | 'in-place'>('copy');
  const { name, set: setName, error: nameError } = useName(nameOfFile(path));
  const [system, setSystem] = useState<string>();
  const [looked, setLooked] = useState<string>();
  const guess = useCall(['images', 'identify', looked], (api) => api.images.identifyFile({ path: looked ?? '' }), {
    enabled: looked !== undefined,
  }).value;
  const look = (at: string): void => setLooked(isPath(at) ? at.trim() : undefined);
  const add = useAction((api, input: z.input<typeof addImageFileSchema>) => api.images.addFromFile(input), {
    onDone: () => {
      toast({ title: t('added', { name }), detail: t('added.detail') });
      onClose();
    },
  });
  const fields = add.problem?.fields ?? {};
  const submit = (): void => {
    setLeft(true);
    if (!isPath(path) || name === '' || nameError !== undefined) return;
    const displayName = path.trim().split(/[\\/]/).at(-1) ?? name;
    void add.run({ path: path.trim(), mode, name, displayName, ...(system !== undefined && { system }) });
  };
  const pick = desktop?.pickFile;
  return (
    <form
      noValidate
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className={css.pick}>
        <TextField
          label={t('file.field')}
          mono
          value={path}
          onChange={setPath}
          onBlur={() => {
            setLeft(path !== '');
            look(path);
          }}
          hint={t('file.hint')}
          error={left && !isPath(path) ? t('file.bad') : fields['path']}
        />
        {pick && (
          <Button
            onClick={() =>
              void pick({ title: t('file.pickTitle'), extensions }).then((chosen) => {
                if (!chosen) return;
                setPath(chosen);
                look(chosen);
              })
            }
          >
            {t('file.pick')}
          </Button>
        )}
      </div>
      <RadioCards
        label={t('file.mode')}
        value={mode}
        onChange={setMode}
        columns={2}
        options={[
          { value: 'copy', title: t('file.copy'), detail: t('file.copy.detail') },
          { value: 'in-place', title: t('file.inPlace'), detail: t('file.inPlace.detail') },
        ]}
      />
      <TextField
        label={t('name.field')}
        value={name}
        onChange={setName}
        hint={t('name.hint')}
        error={nameError ?? fields['name']}
        maxLength={63}
      />
      <SystemField guess={guess} asked={looked !== undefined} value={system} onChange={setSystem} />
      {add.problem && <ProblemView problem={add.problem} compact />}
      <div className={css.submit}>
        <Button type="submit" tone="primary" busy={add.busy}>
          {t('file.add')}
        </Button>
      </div>
    </form>
  );
}
