import type { StickDrive } from '../../../../main/contract/box/sticks.ts';
import type { Problem } from '../../../../main/contract/problem.ts';
import type { LiveState } from '../../../lib/live-store.ts';
import { Checkbox } from '../../../ui/checkbox.tsx';
import { RadioCards } from '../../../ui/radio-cards.tsx';
import { TextField } from '../../../ui/text-field.tsx';
import css from '../boxes.module.css';
import { DriveList, RefusedDrives } from './drive-list.tsx';
import { driveOf, isPath } from './draft.ts';
import type { SetDraft, StickDraft } from './draft.ts';
import { Step } from './step.tsx';
import { t } from './text.ts';

interface Props {
  draft: StickDraft;
  set: SetDraft;
  live: LiveState<{ drives: StickDrive[]; problem?: Problem }>;
  tried: boolean;
}

/** Where it is written: a drive that is plugged in, or a file for other tools. */
export function DriveStep({ draft, set, live, tried }: Props) {
  const drives = live.value?.drives ?? [];
  const drive = driveOf(draft, drives);
  const untyped = drive?.typed !== undefined && draft.typed.trim() !== drive.typed;
  return (
    <Step n={2} title={t('drive')}>
      <RadioCards
        label={t('target')}
        hideLabel
        columns={2}
        value={draft.target}
        onChange={(target) => set({ target })}
        options={[
          { value: 'drive', title: t('target.drive'), detail: t('target.driveText') },
          { value: 'file', title: t('target.file'), detail: t('target.fileText') },
        ]}
      />
      {draft.target === 'drive' && (
        <>
          <DriveList live={live} chosen={drive?.key} onChoose={(key) => set({ key, typed: '' })} />
          {drive?.typed !== undefined && (
            <TextField
              label={t('drive.type', { size: drive.typed })}
              hint={t('drive.typeHint')}
              value={draft.typed}
              onChange={(typed) => set({ typed })}
              error={tried && untyped ? t('drive.typeFirst', { size: drive.typed }) : undefined}
              inputMode="numeric"
              maxLength={10}
              mono
            />
          )}
          <RefusedDrives drives={drives} />
        </>
      )}
      {draft.target === 'file' && (
        <div className={css.stack}>
          <TextField
            label={t('file.path')}
            hint={t('file.pathHint')}
            value={draft.path}
            onChange={(path) => set({ path })}
            error={tried && !isPath(draft.path) ? t('file.wrong') : undefined}
            placeholder="/home/ada/stick.img"
            mono
          />
          <Checkbox label={t('file.overwrite')} checked={draft.overwrite} onChange={(overwrite) => set({ overwrite })} />
        </div>
      )}
    </Step>
  );
} // prettier-ignore
