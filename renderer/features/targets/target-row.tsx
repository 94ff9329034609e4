import type { TargetEntry } from '../../../main/contract/targets.ts';
import { cx } from '../../lib/cx.ts';
import { stateTone } from '../../app/target-order.ts';
import { useMay } from '../../lib/use-may.ts';
import { Button } from '../../ui/button.tsx';
import { BeakerIcon, ClusterIcon, EditIcon, FlameIcon, ServerIcon, TrashIcon } from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { StatusBadge } from '../../ui/status.tsx';
import css from './targets.module.css';
import { t } from './text.ts';

const icons = { 'quick-lab': FlameIcon, appliance: ServerIcon, kind: BeakerIcon, cluster: ClusterIcon };
export type RowAction = 'use' | 'rename' | 'forget' | 'delete' | 'open';

interface Props {
  row: TargetEntry;
  busy: boolean;
  onAct: (action: RowAction) => void;
}

/** One target: what it is, where, how it is, and what can be done with it. */
export function TargetRow({ row, busy, onAct }: Props) {
  const Icon = icons[row.kind];
  const may = useMay();
  return (
    <li className={cx(css.row, row.current && css.current)} data-target={row.id} aria-label={row.name}>
      <span className={css.icon}>
        <Icon size={20} />
      </span>
      <div className={css.words}>
        <span className={css.name}>
          {row.name}
          {row.kind !== 'quick-lab' && <span className={css.chip}>{t(`kind.${row.kind}`)}</span>}
        </span>
        <span className={css.sub}>{[row.place, row.version].filter(Boolean).join(' · ')}</span>
        {row.problem && (
          <span className={css.bad}>
            {row.problem.title}. {row.problem.fix}
          </span>
        )}
      </div>
      <div className={css.actions}>
        {row.state !== 'closed' && <StatusBadge tone={stateTone(row)}>{t(`state.${row.state}`)}</StatusBadge>}
        {row.current ? (
          <span className={css.chip}>{t('shown')}</span>
        ) : (
          <Button size="small" busy={busy} why={may('targets.use')} onClick={() => onAct('use')}>
            {t('use')}
            <span className="visually-hidden"> {row.name}</span>
          </Button>
        )}
        <Menu
          label={t('more', { name: row.name })}
          items={[
            { label: t('rename'), icon: EditIcon, why: may('targets.rename'), onSelect: () => onAct('rename') },
            ...(row.kind === 'appliance'
              ? [{ label: t('open'), icon: ServerIcon, onSelect: () => onAct('open') }]
              : []),
            'separator',
            row.kind === 'kind'
              ? {
                  label: t('delete'),
                  icon: TrashIcon,
                  danger: true,
                  why: may('targets.deleteKind'),
                  onSelect: () => onAct('delete'),
                }
              : {
                  label: t('forget'),
                  icon: TrashIcon,
                  onSelect: () => onAct('forget'),
                  why: may('targets.forget') ?? (row.forgettable ? undefined : t('forget.not')),
                },
          ]}
        />
      </div>
    </li>
  );
}
