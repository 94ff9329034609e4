import { memo, useContext } from 'react';
import type { ReactNode } from 'react';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { bytes, coarse, dateTime, percent } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';
import { vars } from '../../lib/vars.ts';
import { CopyIcon } from '../../ui/icons.tsx';
import { RowButton } from '../../ui/row-controls.tsx';
import { StatusDot } from '../../ui/status.tsx';
import { toast } from '../../ui/toast.tsx';
import { bootWords, useFirstBoot } from '../cloud-init/boot-chip.tsx';
import { cureOf } from './actions.ts';
import { ActingContext } from './acting.ts';
import css from './cells.module.css';
import { plainWhy, statusWord } from './status.ts';
import { t } from './text.ts';

export const StatusCell = memo(function StatusCell({ row }: { row: MachineRow }): ReactNode {
  return (
    <span className={css.status}>
      <StatusDot tone={row.tone} />
      <span className={css.clip} title={row.status}>
        {statusWord(row.status)}
      </span>
    </span>
  );
});

/** The name, and under it why the machine is not what was asked for, or else what it runs. */
export const NameCell = memo(function NameCell({ row }: { row: MachineRow }): ReactNode {
  return (
    <span className={css.name}>
      <span className={css.title}>
        <span className={css.own} title={row.name}>
          {row.name}
        </span>
        {row.namespace !== 'default' && <span className={css.namespace}>{row.namespace}</span>}
      </span>
      {row.why === undefined ? <Second row={row} /> : <Why row={row} why={plainWhy(row.why)} />}
    </span>
  );
});

/** How its first set-up goes while that is of interest, else what runs in it. */
function Second({ row }: { row: MachineRow }): ReactNode {
  const boot = useFirstBoot(row);
  const going = row.tone === 'running' && (boot?.state === 'waiting' || boot?.state === 'running');
  if (boot && (going || boot.state === 'error')) {
    const words = t('firstBoot', { words: bootWords(boot) });
    return (
      <span className={going ? css.why : css.whyBad} title={words}>
        {words}
      </span>
    );
  }
  return <span className={css.second}>{[row.os, row.instancetype].filter(Boolean).join(' · ')}</span>;
}

/** Why it is not as asked, and the button that cures it; what the target cannot is said by the row's own buttons. */
function Why({ row, why }: { row: MachineRow; why: string }): ReactNode {
  const { act, offer } = useContext(ActingContext);
  const cure = cureOf(row);
  return (
    <span className={css.whyLine}>
      <span className={row.tone === 'error' ? css.whyBad : css.why} title={why}>
        {why}
      </span>
      {cure && offer(`machines.act:${cure}`, { namespace: row.namespace }) === undefined && (
        <button type="button" className={css.cure} onClick={() => act(row, cure)}>
          {t(`action.${cure}`)}
        </button>
      )}
    </span>
  );
}

interface UseProps {
  value: number | undefined;
  text: string;
  label: string;
}
/** A figure with a thin bar of its use under it. */
function Use({ value, text, label }: UseProps): ReactNode {
  const share = Math.min(1, Math.max(0, value ?? 0));
  return (
    <span className={css.use} title={label}>
      <span className={css.figures}>
        {text}
        {value !== undefined && <span className={css.share}>{percent(value)}</span>}
      </span>
      {value !== undefined && (
        <span className={css.track} aria-hidden>
          <span className={share > 0.9 ? css.fillHigh : css.fill} style={vars({ '--share': share.toFixed(3) })} />
        </span>
      )}
    </span>
  );
}

export const CpuCell = memo(function CpuCell({ row }: { row: MachineRow }): ReactNode {
  const label =
    row.cpuUse === undefined ? '' : t('cpuUse', { use: percent(row.cpuUse), n: t('cpus', { n: row.cpus }) });
  return <Use value={row.cpuUse} text={String(row.cpus)} label={label} />;
});

export const MemoryCell = memo(function MemoryCell({ row }: { row: MachineRow }): ReactNode {
  const use = row.memoryUse === undefined || row.memory === 0 ? undefined : row.memoryUse / row.memory;
  const label = use === undefined ? '' : t('memoryUse', { use: bytes(row.memoryUse), total: bytes(row.memory) });
  return <Use value={use} text={bytes(row.memory)} label={label} />;
});

function copy(address: string): void {
  navigator.clipboard.writeText(address).then(
    () => toast({ title: t('copied', { address }) }),
    () => toast({ title: t('copyFailed'), tone: 'warning' }),
  );
}

export const AddressCell = memo(function AddressCell({ row }: { row: MachineRow }): ReactNode {
  const [first, ...others] = row.addresses;
  if (first === undefined) return <span className={css.muted}>–</span>;
  return (
    <span className={css.address}>
      <span className={css.mono} title={row.addresses.join(', ')}>
        {first}
      </span>
      {others.length > 0 && <span className={css.muted}>+{others.length}</span>}
      <RowButton icon={CopyIcon} label={t('copyAddress', { address: first })} onClick={() => copy(first)} />
    </span>
  );
});

export const AgeCell = memo(function AgeCell({ row }: { row: MachineRow }): ReactNode {
  const now = useNow();
  const since = row.startedAt ?? row.createdAt;
  const time = coarse((now - Date.parse(since)) / 1000);
  return (
    <span className={row.startedAt === undefined ? css.muted : undefined} title={dateTime(since)}>
      {t(row.startedAt === undefined ? 'made' : 'up', { time })}
    </span>
  );
});
