import type { ReactNode } from 'react';
import { firstStartOf } from '../../../main/contract/first-start.ts';
import type { FirstStartReason } from '../../../main/contract/first-start.ts';
import type { DiskInside, InsideNote } from '../../../main/contract/inside.ts';
import { bytes } from '../../lib/format.ts';
import { Banner } from '../../ui/banner.tsx';
import css from './inside.module.css';
import { t } from './text.ts';

/** What people should do something about before the first start. */
const serious = new Set<InsideNote>(['hibernated', 'bitlocker', 'sectors-4k', 'partly-read', 'empty-esp']);

/** What was found on a disk, and why its machine is proposed as it is. `without`: reasons that do not apply here. */
export function Findings({ inside, without = [] }: { inside: DiskInside; without?: FirstStartReason[] }): ReactNode {
  const { family, system, notes, doubts } = inside;
  const name = system?.name ?? (family === 'unknown' ? undefined : t(`family.${family}`));
  const reasons = firstStartOf(inside).why.filter((reason) => !without.includes(reason));
  const parts = inside.partitions.map(partText).join(' · ');
  return (
    <Banner
      tone={notes.some((note) => serious.has(note)) ? 'warning' : 'note'}
      title={name === undefined ? t('unknown') : t('holds', { name })}
    >
      <ul className={css.list}>
        {notes.map((note) => (
          <li key={note}>
            {t(`note.${note}`)}
            {note === 'partly-read' && <span lang="en"> {doubts.join(' ')}</span>}
          </li>
        ))}
        {reasons.map((reason) => (
          <li key={reason}>{t(`reason.${reason}`)}</li>
        ))}
        {parts !== '' && (
          <li>
            {inside.table === 'none' ? t('bare', { parts }) : t('parts', { table: inside.table.toUpperCase(), parts })}
          </li>
        )}
        {inside.evidence !== '' && <li>{t('evidence', { what: inside.evidence })}</li>}
      </ul>
    </Banner>
  );
}

const kinds: Partial<Record<DiskInside['partitions'][number]['kind'], string>> = {
  ntfs: 'NTFS', fat: 'FAT', exfat: 'exFAT', refs: 'ReFS', xfs: 'XFS', btrfs: 'Btrfs', lvm: 'LVM', raid: 'RAID', luks: 'LUKS',
  bitlocker: 'BitLocker', apfs: 'APFS', hfs: 'HFS+',
}; // prettier-ignore
function partText({ kind, esp, size, name }: DiskInside['partitions'][number]): string {
  const plain = kind === 'empty' || kind === 'unknown' ? t(`kind.${kind}`) : (kinds[kind] ?? kind);
  return [esp ? t('esp', { kind: plain }) : plain, name, bytes(size)].filter(Boolean).join(', ');
}
