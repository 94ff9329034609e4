import type { ReactNode } from 'react';
import type { HardwareDisk } from '../../../main/contract/hardware.ts';
import { cx } from '../../lib/cx.ts';
import { bytes } from '../../lib/format.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Checkbox } from '../../ui/checkbox.tsx';
import { ArrowDownIcon, ArrowUpIcon } from '../../ui/icons.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { Menu } from '../../ui/menu.tsx';
import { StatusBadge } from '../../ui/status.tsx';
import type { Asked } from './disk-dialogs.tsx';
import css from './hardware.module.css';
import { t } from './text.ts';

interface Props {
  disk: HardwareDisk;
  running: boolean;
  boot: boolean;
  /** Its place among those that boot. */
  place: number;
  first: boolean;
  last: boolean;
  dragged: boolean;
  onDrag: (name: string | undefined) => void;
  onDrop: () => void;
  onMove: (by: 1 | -1) => void;
  onBoot: (boot: boolean) => void;
  onAct: (disk: HardwareDisk, action: Asked['action'] | 'eject') => void;
}

/** One disk or drive: what it holds, how it stands, its place in the order, and what can be done with it. */
export function DiskRow({ disk, running, boot, place, first, last, dragged, ...on }: Props): ReactNode {
  const { name } = disk;
  const fixed = useOffer()('hardware.order');
  return (
    <tr
      draggable={fixed === undefined}
      className={cx(dragged && css.dragged)}
      onDragStart={() => on.onDrag(name)}
      onDragEnd={() => on.onDrag(undefined)}
      onDragOver={(event) => event.preventDefault()}
      onDrop={on.onDrop}
    >
      <th scope="row" className={css.name}>
        {name}
        <span className={css.under}>
          {[t(`disks.kind.${disk.kind}`), disk.bus, disk.cache].filter(Boolean).join(', ')}
        </span>
      </th>
      <td className={css.wrap}>
        {disk.claim ?? disk.source ?? t('disks.empty')}
        {disk.claim !== undefined && <span className={css.under}>{disk.source}</span>}
      </td>
      <td>
        {bytes(disk.capacity ?? disk.size)}
        {disk.used !== undefined && <span className={css.under}>{t('disks.used', { used: bytes(disk.used) })}</span>}
      </td>
      <td className={css.wrap}>
        <State disk={disk} running={running} />
      </td>
      <td>
        <span className={css.boots}>
          <Checkbox label={t('disks.boots', { name })} hideLabel checked={boot} why={fixed} onChange={on.onBoot} />
          {boot && t('disks.bootPlace', { n: place })}
        </span>
      </td>
      <td>
        <div className={css.tools}>
          <IconButton
            icon={ArrowUpIcon}
            label={t('disks.up', { name })}
            why={fixed ?? (first ? '–' : undefined)}
            onClick={() => on.onMove(-1)}
          />
          <IconButton
            icon={ArrowDownIcon}
            label={t('disks.down', { name })}
            why={fixed ?? (last ? '–' : undefined)}
            onClick={() => on.onMove(1)}
          />
          <Actions disk={disk} onAct={on.onAct} />
        </div>
      </td>
    </tr>
  );
}

function State({ disk, running }: { disk: HardwareDisk; running: boolean }): ReactNode {
  if (disk.growing !== undefined)
    return (
      <>
        <StatusBadge tone="busy">{t('state.growing', { size: bytes(disk.size) })}</StatusBadge>
        {disk.growing && <span className={css.under}>{disk.growing}</span>}
      </>
    );
  if (disk.phase !== undefined && disk.phase !== 'Ready')
    return (
      <>
        <StatusBadge tone="busy">{t(disk.phase === 'Detaching' ? 'state.detaching' : 'state.pending')}</StatusBadge>
        <span className={css.under}>{disk.message ?? disk.phase}</span>
      </>
    );
  if (!running) return <StatusBadge tone="stopped">{t('state.off')}</StatusBadge>;
  return disk.attached ? (
    <StatusBadge tone="running">{t('state.ready')}</StatusBadge>
  ) : (
    <StatusBadge tone="warning">{t('state.next')}</StatusBadge>
  );
}

function Actions({ disk, onAct }: Pick<Props, 'onAct'> & { disk: HardwareDisk }): ReactNode {
  const offer = useOffer();
  const act = (action: Asked['action'] | 'eject') => () => onAct(disk, action);
  const drive = disk.kind === 'cdrom';
  const seed = disk.source !== undefined && disk.claim === undefined ? t('why.seed') : undefined;
  return (
    <Menu
      label={t('disks.more', { name: disk.name })}
      items={[
        ...(drive
          ? [
              {
                label: disk.source === undefined ? t('act.insert') : t('act.change'),
                onSelect: act('insert'),
                why: offer('hardware.insert') ?? seed,
              },
              ...(disk.source === undefined
                ? []
                : [{ label: t('act.eject'), onSelect: act('eject'), why: offer('hardware.eject') ?? seed }]),
            ]
          : [
              {
                label: t('act.grow'),
                onSelect: act('grow'),
                why: disk.claim === undefined ? t('why.noGrow') : offer('hardware.grow'),
              },
            ]),
        { label: t('act.settings'), onSelect: act('settings'), why: offer('hardware.changeDisk') },
        'separator' as const,
        { label: t('act.detach'), onSelect: act('detach'), danger: true, why: offer('hardware.detach') ?? seed },
      ]}
    />
  );
}
