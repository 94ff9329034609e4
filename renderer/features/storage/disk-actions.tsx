import { useState } from 'react';
import type { ReactNode } from 'react';
import type { StorageDisk } from '../../../main/contract/storage.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { DiscIcon, LinkIcon, TrashIcon } from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { AttachDialog, ImageDialog } from './disk-dialogs.tsx';
import { RemoveDialog } from './remove-dialog.tsx';
import { t } from './text.ts';

/** What can be done with a disk; what cannot says why. */
export function DiskActions({ row }: { row: StorageDisk }): ReactNode {
  const [open, setOpen] = useState<'attach' | 'image' | 'remove'>();
  const offer = useOffer();
  const other = row.bin ? t('why.bin') : row.kind === 'image' ? t('why.image') : undefined;
  const free = other ?? (row.usedBy.length > 0 ? t('why.used') : undefined);
  const close = (): void => setOpen(undefined);
  return (
    <>
      <Menu
        label={t('more', { name: row.displayName })}
        items={[
          { label: t('action.attach'), icon: LinkIcon, onSelect: () => setOpen('attach'), why: offer('hardware.attach') ?? free },
          { label: t('action.image'), icon: DiscIcon, onSelect: () => setOpen('image'), why: offer('storage.makeImage') ?? other },
          'separator',
          { label: t('action.remove'), icon: TrashIcon, danger: true, onSelect: () => setOpen('remove'), why: offer('storage.remove') ?? free },
        ]} // prettier-ignore
      />
      {open === 'attach' && <AttachDialog row={row} onClose={close} />}
      {open === 'image' && <ImageDialog row={row} onClose={close} />}
      {open === 'remove' && <RemoveDialog rows={[row]} onClose={close} />}
    </>
  );
}
