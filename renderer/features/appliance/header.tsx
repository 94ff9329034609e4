import { useLocation } from 'wouter';
import type { Appliance } from '../../../main/contract/appliance.ts';
import { targets, useList } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { useMay } from '../../lib/use-may.ts';
import { Button } from '../../ui/button.tsx';
import { ChevronDownIcon, PlayIcon, RestartIcon, StopIcon } from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Select } from '../../ui/select.tsx';
import { StatusBadge } from '../../ui/status.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import css from './appliance.module.css';
import { t } from './text.ts';
import { useActWhy } from './use-act-why.ts';
import { tones } from './view.ts';
import type { Act } from './view.ts';

interface Props {
  row: Appliance;
  all: readonly Appliance[];
  onAct: (act: Act) => void;
  onUninstall: () => void;
}

/** Name, state, and what can be done with the whole of it. */
export function ApplianceHeader({ row, all, onAct, onUninstall }: Props) {
  const [, go] = useLocation();
  const actWhy = useActWhy();
  const may = useMay();
  const entry = useList(targets).items.find((each) => each.id === row.id);
  const use = useAction((api, id: string) => api.targets.use({ id }), { onProblem: toastProblem });
  const half = row.state === 'half';
  const off = row.state === 'stopped' || row.state === 'failed' || row.state === 'unknown';
  const cure: Act = row.state === 'failed' ? 'restart' : 'start';
  return (
    <>
      <PageHeader
        title={row.name}
        badge={<StatusBadge tone={tones[row.state]}>{t(`state.${row.state}`)}</StatusBadge>}
        subtitle={t('subtitle', { place: row.place })}
        actions={
          <>
            {all.length > 1 && (
              <div className={css.switch}>
                <Select
                  label={t('which')}
                  hideLabel
                  value={row.id}
                  onChange={(id) => go(`/appliance/${encodeURIComponent(id)}`)}
                  options={[...all]
                    .sort((a, b) => a.name.localeCompare(b.name))
                    .map((each) => ({ value: each.id, label: each.name, detail: each.place }))}
                />
              </div>
            )}
            {half && row.taskId === undefined && (
              <Button tone="primary" why={may('appliances.install')} to="/setup/place">
                {t('half.go')}
              </Button>
            )}
            {!half && off && (
              <Button
                tone="primary"
                icon={cure === 'start' ? PlayIcon : RestartIcon}
                why={actWhy(row, cure)}
                onClick={() => onAct(cure)}
              >
                {t(`act.${cure}`)}
              </Button>
            )}
            {!half && !off && entry && !entry.current && (
              <Button tone="primary" busy={use.busy} why={may('targets.use')} onClick={() => void use.run(entry.id)}>
                {t('use.open')}
              </Button>
            )}
            {!half && row.state !== 'stopped' && (
              <Button icon={StopIcon} why={actWhy(row, 'stop')} onClick={() => onAct('stop')}>
                {t('act.stop')}
              </Button>
            )}
            <Menu
              label={t('more')}
              trigger={<Button iconAfter={ChevronDownIcon}>{t('more')}</Button>}
              items={[
                { label: t('act.restart'), icon: RestartIcon, onSelect: () => onAct('restart'), why: actWhy(row, 'restart') },
                { label: t('act.backup'), onSelect: () => onAct('backup'), why: actWhy(row, 'backup') },
                { label: t('act.renew-certificates'), onSelect: () => onAct('renew-certificates'), why: actWhy(row, 'renew-certificates') },
                { label: t('act.refresh-network'), onSelect: () => onAct('refresh-network'), why: actWhy(row, 'refresh-network') },
                'separator',
                { label: t('uninstall.open'), danger: true, onSelect: onUninstall, why: actWhy(row, 'uninstall') },
              ]}
            />
          </>
        }
      />
    </>
  );
} // prettier-ignore
