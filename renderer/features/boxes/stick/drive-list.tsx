import type { StickDrive } from '../../../../main/contract/box/sticks.ts';
import type { Problem } from '../../../../main/contract/problem.ts';
import { bytes } from '../../../lib/format.ts';
import type { LiveState } from '../../../lib/live-store.ts';
import { DiskIcon, UsbIcon } from '../../../ui/icons.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { RadioCards } from '../../../ui/radio-cards.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import css from '../boxes.module.css';
import { t } from './text.ts';

export type LiveDrives = LiveState<{ drives: StickDrive[]; problem?: Problem }>;

/** What a person can mend here and now: such a drive stays in sight. */
const mendable = new Set(['mounted', 'encrypted-open', 'read-only']);
const atHand = (drive: StickDrive): boolean =>
  !drive.refused || (drive.transport === 'usb' && mendable.has(drive.refused.code));

const nameOf = (drive: StickDrive): string => drive.model || t('drive.nameless');

/** Drives that may be written, as they come and go. */
export function DriveList({
  live,
  chosen,
  onChoose,
}: {
  live: LiveDrives;
  chosen: string | undefined;
  onChoose: (key: string) => void;
}) {
  const offered = (live.value?.drives ?? []).filter(atHand);
  const problem = live.value?.problem ?? live.problem;
  if (problem && offered.length === 0) return <ProblemView problem={problem} compact />;
  if (!live.value) return <Skeleton count={2} />;
  if (offered.length === 0)
    return (
      <p className={css.text} role="status">
        {t('drive.none')}
      </p>
    );
  return (
    <RadioCards
      label={t('drive.which')}
      columns={1}
      value={chosen}
      onChange={onChoose}
      options={offered.map((drive) => ({
        value: drive.key,
        title: nameOf(drive),
        icon: UsbIcon,
        badge: bytes(drive.size),
        why: drive.refused?.why,
        detail: (
          <>
            {t('drive.holds', { content: drive.content })}
            {drive.mounts.length > 0 && !drive.refused && ` ${t('drive.mounted', { at: drive.mounts.join(', ') })}`}
            <br />
            <span className={css.mono}>{[drive.path, drive.serial].filter(Boolean).join(' · ')}</span>
          </>
        ),
      }))}
    />
  );
}

/** The other drives, and why each is left alone. */
export function RefusedDrives({ drives }: { drives: readonly StickDrive[] }) {
  const refused = drives.filter((drive) => !atHand(drive));
  if (refused.length === 0) return null;
  return (
    <details className={css.more}>
      <summary>{t('drive.refused', { n: refused.length })}</summary>
      <ul className={css.list}>
        {refused.map((drive) => (
          <li key={drive.key} className={css.item}>
            <span className={css.icon}>
              <DiskIcon size={20} />
            </span>
            <div className={css.words}>
              <span className={css.name}>
                {nameOf(drive)}
                {drive.size > 0 && <span className={css.chip}>{bytes(drive.size)}</span>}
              </span>
              <span className={css.sub}>{drive.refused?.why}</span>
              <span className={`${css.sub} ${css.mono}`}>{drive.path}</span>
            </div>
          </li>
        ))}
      </ul>
    </details>
  );
}
