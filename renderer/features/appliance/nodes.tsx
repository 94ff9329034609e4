import { useState } from 'react';
import type { Appliance, ApplianceNode } from '../../../main/contract/appliance.ts';
import { bytes } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { PlusIcon, ServerIcon } from '../../ui/icons.tsx';
import { StatusBadge } from '../../ui/status.tsx';
import css from './appliance.module.css';
import { JoinDialog } from './join-dialog.tsx';
import { t } from './text.ts';
import { useActWhy } from './use-act-why.ts';
import type { Runner } from './use-run.ts';

/** The computers it runs on, and a further one. */
export function Nodes({ row, runner }: { row: Appliance; runner: Runner }) {
  const [adding, setAdding] = useState(false);
  const actWhy = useActWhy();
  return (
    <Card
      title={t('nodes', { n: row.nodes.length })}
      flush
      actions={
        <Button size="small" icon={PlusIcon} why={actWhy(row, 'join')} onClick={() => setAdding(true)}>
          {t('nodes.add')}
        </Button>
      }
    >
      {row.nodes.length === 0 && <p className={css.foot}>{t('nodes.none')}</p>}
      <ul aria-label={t('nodes', { n: row.nodes.length })}>
        {row.nodes.map((node) => (
          <Node key={node.name} node={node} away={row.placeType === 'ssh'} />
        ))}
      </ul>
      <p className={css.foot}>{t(row.settings.etcd ? 'nodes.etcd' : 'nodes.sqlite')}</p>
      {adding && <JoinDialog row={row} runner={runner} onClose={() => setAdding(false)} />}
    </Card>
  );
}

function Node({ node, away }: { node: ApplianceNode; away: boolean }) {
  return (
    <li className={css.line}>
      <span className={css.lineIcon}>
        <ServerIcon size={20} />
      </span>
      <div className={css.words}>
        <p className={css.title}>
          {node.name}
          {node.thisOne && <span className={css.chip}>{t(away ? 'nodes.first' : 'nodes.this')}</span>}
          {node.roles.map((role) => (
            <span key={role} className={css.chip}>
              {role}
            </span>
          ))}
        </p>
        <p className={css.detail}>
          {[
            t('nodes.size', { cpus: node.cpus, memory: bytes(node.memory) }),
            t('nodes.machines', { n: node.virtualMachines }),
            node.version,
            node.addresses.join(', '),
          ]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </div>
      {node.conditions.map((condition) => (
        <StatusBadge key={condition} tone="warning">
          {condition}
        </StatusBadge>
      ))}
      <StatusBadge tone={node.ready ? 'running' : 'error'}>{t(node.ready ? 'nodes.ready' : 'nodes.notReady')}</StatusBadge>
    </li>
  );
} // prettier-ignore
