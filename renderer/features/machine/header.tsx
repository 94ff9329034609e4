import { useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { MachineDetail } from '../../../main/contract/machine.ts';
import type { MachineAction } from '../../../main/contract/machine-ref.ts';
import { coarse } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { ArrowRightIcon, BoxIcon, ChevronDownIcon, CopyIcon, DownloadIcon, TerminalIcon } from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { StatusBadge } from '../../ui/status.tsx';
import { BootChip } from '../cloud-init/boot-chip.tsx';
import { CloneDialog } from '../transfer/clone-dialog.tsx';
import { ExportDialog } from '../transfer/export-dialog.tsx';
import { TargetDialog } from '../transfer/target-dialog.tsx';
import { t as transfer } from '../transfer/text.ts';
import { MoveDialog } from '../moves/move-dialog.tsx';
import { t as moves } from '../moves/text.ts';
import { primaryAction } from '../machines/actions.ts';
import { actionIcons, consoleWhy, menuItems } from '../machines/row-actions.tsx';
import { statusWord } from '../machines/status.ts';
import { t as machines } from '../machines/text.ts';
import { useMachineActions } from '../machines/use-machine-actions.tsx';
import { t } from './text.ts';

/** Name, state, and what can be done now; a button that cannot be used says the backend's reason. */
export function MachineHeader({ detail, onDeleted }: { detail: MachineDetail; onDeleted: () => void }): ReactNode {
  const { row } = detail;
  const now = useNow();
  const [, go] = useLocation();
  const { act, busy, dialogs } = useMachineActions(onDeleted);
  const offer = useOffer();
  const [moving, setMoving] = useState(false);
  const [copying, setCopying] = useState<'clone' | 'export' | 'move' | 'copy'>();
  const why = (action: MachineAction): string | undefined => {
    const lacking = offer(`machines.act:${action}`);
    if (lacking) return lacking;
    const known = detail.actions.find((each) => each.action === action);
    if (known) return known.allowed ? undefined : (known.why ?? machines('whyNot.other'));
    return row.actions.includes(action) ? undefined : machines('whyNot.other');
  };
  const primary = primaryAction(row);
  const since = row.startedAt ?? row.createdAt;
  const time = coarse((now - Date.parse(since)) / 1000);
  return (
    <>
      <PageHeader
        title={row.name}
        back={{ to: '/machines', label: t('list') }}
        badge={
          <>
            <StatusBadge tone={row.tone}>{statusWord(row.status)}</StatusBadge> <BootChip of={row} quiet />
          </>
        }
        subtitle={[
          row.namespace !== 'default' && row.namespace,
          row.os,
          machines(row.startedAt === undefined ? 'made' : 'up', { time }),
        ]
          .filter(Boolean)
          .join(' · ')}
        actions={
          <>
            <Button
              tone={primary === 'stop' ? 'plain' : 'primary'}
              icon={actionIcons[primary]}
              busy={busy.has(`${row.uid} ${primary}`)}
              why={why(primary)}
              onClick={() => act(row, primary)}
            >
              {machines(`action.${primary}`)}
            </Button>
            <Button
              icon={TerminalIcon}
              to={`/machines/${row.namespace}/${row.name}/console`}
              why={consoleWhy(row, offer)}
            >
              {t('openConsole')}
            </Button>
            <Menu
              label={t('more')}
              trigger={<Button iconAfter={ChevronDownIcon}>{t('more')}</Button>}
              items={[
                {
                  label: t('saveAsTemplate'),
                  icon: BoxIcon,
                  why: offer('templates.save'),
                  onSelect: () => go(`/templates/from/${row.namespace}/${row.name}`),
                },
                {
                  label: transfer('clone.action'),
                  icon: CopyIcon,
                  onSelect: () => setCopying('clone'),
                  why: offer('clones.start'),
                },
                {
                  label: transfer('export.action'),
                  icon: DownloadIcon,
                  onSelect: () => setCopying('export'),
                  why: offer('transfer.export'),
                },
                {
                  label: transfer('move.action'),
                  icon: ArrowRightIcon,
                  onSelect: () => setCopying('move'),
                  why: offer('transfer.move:away'),
                },
                {
                  label: transfer('copy.action'),
                  icon: CopyIcon,
                  onSelect: () => setCopying('copy'),
                  why: offer('transfer.move'),
                },
                {
                  label: moves('action'),
                  icon: ArrowRightIcon,
                  onSelect: () => setMoving(true),
                  why: offer('migrations.start') ?? (row.tone === 'running' ? undefined : moves('off')),
                },
                'separator',
                ...menuItems(row, act, why),
              ]}
            />
          </>
        }
      />
      {dialogs}
      {copying === 'clone' && <CloneDialog of={row} onClose={() => setCopying(undefined)} />}
      {copying === 'export' && <ExportDialog row={row} onClose={() => setCopying(undefined)} />}
      {(copying === 'move' || copying === 'copy') && (
        <TargetDialog row={row} keep={copying === 'copy'} onClose={() => setCopying(undefined)} />
      )}
      {moving && <MoveDialog row={row} onClose={() => setMoving(false)} />}
    </>
  );
}
