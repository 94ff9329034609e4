import type { ReactNode } from 'react';
import type { BoxDisk } from '../../../../../main/contract/box/state.ts';
import { bytes } from '../../../../lib/format.ts';
import { DiskIcon } from '../../../../ui/icons.tsx';
import css from '../../boxes.module.css';
import { t } from '../text.ts';

/** One disk as a person knows it: maker, size, serial number, and what is on it now. */
export function DiskLine({ disk, children }: { disk: BoxDisk; children?: ReactNode }) {
  const kind = disk.rotational ? t('disk.spinning') : disk.transport === 'usb' ? t('disk.usb') : t('disk.flash');
  return (
    <li className={css.row} data-disk={disk.name}>
      <span className={css.icon}>
        <DiskIcon size={20} />
      </span>
      <div className={css.words}>
        <span className={css.name}>
          {disk.model || t('disk.nameless')}
          <span className={css.chip}>{bytes(disk.size)}</span>
          {disk.content === 'blank' && <span className={`${css.chip} ${css.goodChip}`}>{t('disk.blank')}</span>}
          {disk.hearth && <span className={css.chip}>{t('disk.box', { name: disk.hearth.hostName })}</span>}
        </span>
        <span className={css.sub}>
          {kind} · {disk.name} · <span className={css.mono}>{disk.serial || t('disk.noSerial')}</span>
        </span>
        {disk.content !== 'blank' && <span className={css.sub}>{t('disk.holds', { content: disk.content })}</span>}
        {disk.refused && <span className={css.sub}>{disk.refused.why}</span>}
      </div>
      {children && <div className={css.actions}>{children}</div>}
    </li>
  );
}
