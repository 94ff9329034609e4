import { useState } from 'react';
import type { ReactNode } from 'react';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { useApi } from '../../lib/connection.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { StatusDot } from '../../ui/status.tsx';
import css from './bulk.module.css';
import { planBulk, runBulk } from './bulk.ts';
import type { BulkAction, BulkItem } from './bulk.ts';
import { whyNot } from './row-actions.tsx';
import { t } from './text.ts';

interface Props {
  action: BulkAction;
  rows: readonly MachineRow[];
  onClose: (done: boolean) => void;
}
const toneOf = { waiting: 'stopped', running: 'busy', done: 'ok', failed: 'problem', skipped: 'note' } as const;

/** Says what will be done to which machine, does it, and says what became of each. */
export function BulkDialog({ action, rows, onClose }: Props): ReactNode {
  const api = useApi();
  const [items, setItems] = useState<BulkItem[]>(() => planBulk(rows, action, (row) => whyNot(row, action)));
  const [keep, setKeep] = useState(false);
  const [state, setState] = useState<'asking' | 'running' | 'ended'>('asking');
  const todo = items.filter((item) => item.state !== 'skipped').length;
  const count = (state: BulkItem['state']): number => items.filter((item) => item.state === state).length;

  const run = async (): Promise<void> => {
    setState('running');
    await runBulk(
      items,
      ({ namespace, name }) => api.machines.act({ namespace, name, action, deleteDisks: !keep }),
      setItems,
    );
    setState('ended');
  };
  const close = (): void => onClose(state === 'ended');
  const footer =
    state === 'ended' ? (
      <Button tone="primary" onClick={close}>
        {t('bulk.close')}
      </Button>
    ) : (
      <>
        <Button onClick={close}>{t('cancel')}</Button>
        <Button
          tone={action === 'delete' ? 'danger' : 'primary'}
          busy={state === 'running'}
          onClick={() => void run()}
          why={todo === 0 ? t('bulk.none') : undefined}
        >
          {t(`bulk.run.${action}`)}
        </Button>
      </>
    );
  return (
    <Dialog open onClose={close} title={t(`bulk.title.${action}`, { n: todo })} footer={footer}>
      {action === 'delete' && state === 'asking' && (
        <div className={css.warning}>
          <p>
            {t('bulk.deleteText')} {t(keep ? 'bulk.disksKept' : 'bulk.disksGone')}
          </p>
          <Checkbox label={t('bulk.keep')} hint={t('delete.keepHint')} checked={keep} onChange={setKeep} />
        </div>
      )}
      <ul className={css.items}>
        {items.map((item) => (
          <li key={item.row.uid} className={css.item}>
            <StatusDot tone={toneOf[item.state]} />
            <span className={css.itemName}>{item.row.name}</span>
            <span className={css.itemNote}>
              {item.problem
                ? `${item.problem.title}. ${item.problem.detail}`
                : (item.note ?? (state === 'asking' ? '' : t(`bulk.state.${item.state}`)))}
            </span>
          </li>
        ))}
      </ul>
      <output className={css.result}>
        {state === 'ended' &&
          t('bulk.result', { done: count('done'), failed: count('failed'), skipped: count('skipped') })}
      </output>
    </Dialog>
  );
}
