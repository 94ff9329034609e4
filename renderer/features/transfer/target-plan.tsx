import type { ReactNode } from 'react';
import type { MovePlan } from '../../../main/contract/transfer-moves.ts';
import { bytes } from '../../lib/format.ts';
import { Banner } from '../../ui/banner.tsx';
import { Select } from '../../ui/select.tsx';
import { t } from './text.ts';
import css from './transfer.module.css';

interface Props {
  plan: MovePlan;
  /** That it runs is said elsewhere, with a button. */
  running: boolean;
  networks: Readonly<Record<string, string>>;
  onNetworks: (networks: Record<string, string>) => void;
  storageClass: string | undefined;
  onStorageClass: (name: string) => void;
}

/** What a machine would be on another target, and what has to be chosen for it. */
export function TargetPlan(props: Props): ReactNode {
  const { plan, networks, onNetworks, storageClass, onStorageClass } = props;
  const missing = plan.networks.filter(({ network, to }) => to !== network);
  const blocked = props.running && plan.running ? plan.blocked.slice(1) : plan.blocked;
  const size = plan.disks.reduce((sum, disk) => sum + disk.size, 0);
  return (
    <>
      {missing.map(({ network, to }) => (
        <Select
          key={network}
          label={t('import.leads', { network })}
          value={networks[network] ?? to}
          onChange={(next) => onNetworks({ ...networks, [network]: next })}
          placeholder={t('move.where')}
          options={[
            ...plan.choices.map((value) => ({ value, label: value === 'pod' ? t('import.pod') : value })),
            { value: 'none', label: t('import.nowhere') },
          ]}
        />
      ))}
      {plan.storageClasses.length > 1 && (
        <Select
          label={t('move.class')}
          value={storageClass ?? plan.storageClasses[0]}
          onChange={onStorageClass}
          options={plan.storageClasses.map((value) => ({ value, label: value }))}
        />
      )}
      <Lines tone="problem" title={t('move.blocked')} lines={blocked.map(({ reason, remedy }) => `${reason} ${remedy}`)} />
      <Lines tone="warning" title={t('move.left')} lines={plan.left} />
      <Lines tone="note" title={t('move.changes')} lines={plan.changes} />
      <p className={css.quiet}>
        {t('move.room', { size: bytes(size), needs: bytes(plan.room.needs), free: bytes(plan.room.free) })}
      </p>
    </>
  );
} // prettier-ignore

function Lines({ tone, title, lines }: { tone: 'note' | 'warning' | 'problem'; title: string; lines: readonly string[] }): ReactNode {
  if (lines.length === 0) return null;
  return (
    <Banner tone={tone} title={title}>
      <ul className={css.list}>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </Banner>
  );
} // prettier-ignore
