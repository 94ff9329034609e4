import { useState } from 'react';
import type { ReactNode } from 'react';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { useApi } from '../../lib/connection.ts';
import { offerUndo } from '../../lib/undo.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { StatusDot } from '../../ui/status.tsx';
import css from './bulk.module.css';
import { bulkWhyNot, doOne, firstInput, inputTrouble } from './bulk-do.ts';
import type { BulkInput } from './bulk-do.ts';
import { BulkOptions } from './bulk-options.tsx';
import { isHard } from './actions.ts';
import { isMachineAction, planBulk, retryPlan, runBulk } from './bulk.ts';
import type { BulkAction, BulkItem } from './bulk.ts';
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
  const offer = useOffer();
  const [items, setItems] = useState<BulkItem[]>(() => planBulk(rows, (row) => bulkWhyNot(row, action, offer)));
  const [input, setInput] = useState<BulkInput>(() => firstInput(rows));
  const [state, setState] = useState<'asking' | 'running' | 'ended'>('asking');
  const todo = items.filter((item) => item.state !== 'skipped').length;
  const count = (state: BulkItem['state']): number => items.filter((item) => item.state === state).length;

  const run = async (): Promise<void> => {
    setState('running');
    setItems(await runBulk(retryPlan(items), (row) => doOne(api, action, row, input), setItems));
    setState('ended');
  };
  const close = (): void => {
    const gone = items.filter((item) => item.state === 'done');
    if (state === 'ended' && action === 'delete' && input.how === 'bin' && gone.length > 0)
      offerUndo(api, {
        title: t('done.binMany', { n: gone.length }),
        name: '',
        // They run again where they ran.
        way: { of: 'bins', entries: gone.map(({ row }) => ({ id: row.uid, namespace: row.namespace, start: row.tone !== 'stopped' })) },
      }); // prettier-ignore
    onClose(state === 'ended');
  };
  const footer =
    state === 'ended' ? (
      <>
        {count('failed') > 0 && <Button onClick={() => void run()}>{t('bulk.retry', { n: count('failed') })}</Button>}
        <Button tone="primary" onClick={close}>
          {t('bulk.close')}
        </Button>
      </>
    ) : (
      <>
        <Button onClick={close}>{t('cancel')}</Button>
        <Button
          tone={isMachineAction(action) && isHard(action) ? 'danger' : 'primary'}
          busy={state === 'running'}
          onClick={() => void run()}
          why={todo === 0 ? t('bulk.none') : inputTrouble(action, input)}
        >
          {t(action === 'delete' && input.how === 'bin' ? 'delete.confirm.bin' : `bulk.run.${action}`)}
        </Button>
      </>
    );
  return (
    <Dialog open onClose={close} title={t(`bulk.title.${action}`, { n: todo })} footer={footer}>
      {state === 'asking' && <BulkOptions action={action} input={input} onChange={setInput} />}
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
