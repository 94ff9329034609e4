import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { useApi } from '../../lib/connection.ts';
import { taskDone } from '../../lib/tasks.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Select } from '../../ui/select.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { t as machines } from '../machines/text.ts';
import { isName } from '../snapshots/lines.ts';
import { TargetPlan } from './target-plan.tsx';
import { t } from './text.ts';
import css from './transfer.module.css';

interface Props {
  row: MachineRow;
  /** A copy: the one here stays. */
  keep: boolean;
  onClose: () => void;
}
/** Milliseconds that somebody may think between two letters of a name. */
const typing = 400;

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), typing);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** Asks which target a machine goes to, shows what will be different there, and begins it. */
export function TargetDialog({ row, keep, onClose }: Props): ReactNode {
  const { namespace, name } = row;
  const api = useApi();
  const offer = useOffer();
  const targets = useCall(['transfer.destinations'], (from) => from.transfer.destinations({}), { staleMs: 0 });
  const reachable = targets.value?.filter(({ why }) => why === undefined) ?? [];
  const [chosen, setChosen] = useState<string>();
  const to = chosen ?? (reachable.length === 1 ? reachable[0]?.id : undefined);
  const [typed, setTyped] = useState<string>();
  const [networks, setNetworks] = useState<Record<string, string>>({});
  const [storageClass, setStorageClass] = useState<string>();
  const [start, setStart] = useState(false);
  const asked = useSettled(typed);
  const bad = typed === undefined || isName(typed) ? undefined : t('clone.nameBad');
  const input = {
    namespace, name, keep, networks, start, to: to ?? '',
    ...(asked !== undefined && isName(asked) && { newName: asked }),
    ...(storageClass !== undefined && { storageClass }),
  }; // prettier-ignore
  const plan = useCall(['transfer.planMove', namespace, name, keep, to, input], (from) => from.transfer.planMove(input), {
    enabled: to !== undefined,
    staleMs: 0,
    keepFor: 5,
    // One that is shutting down is looked at again.
    againMs: ({ running }) => (running && !keep ? 1500 : undefined),
  }); // prettier-ignore
  const stop = useAction((from) => from.machines.act({ namespace, name, action: 'stop' }), { onProblem: toastProblem });
  const target = targets.value?.find(({ id }) => id === to)?.name ?? '';
  const go = useAction((from) => from.transfer.move(input), {
    onDone({ taskId }) {
      toast({ title: t('move.began', { name }) });
      onClose();
      const bin = { label: t('move.openBin'), onClick: () => navigate('/storage/bin') };
      taskDone(api, taskId).then(
        () => toast({ title: t(keep ? 'copy.done' : 'move.done', { name, target }), ...(!keep && { detail: t('move.inBin'), action: bin, keep: true }) }),
        toastProblem,
      );
    },
  }); // prettier-ignore
  const newName = typed ?? name;
  const blocked = plan.value?.blocked[0];
  const why =
    offer(keep ? 'transfer.move' : 'transfer.move:away') ??
    (to === undefined || !plan.value ? t('move.choose') : undefined) ??
    bad ??
    (blocked && `${blocked.reason} ${blocked.remedy}`);
  const fresh = asked === typed && !plan.refreshing;
  return (
    <Dialog
      open
      onClose={onClose}
      title={t(keep ? 'copy.title' : 'move.title', { name })}
      cancel
      footer={
        <Button tone="primary" busy={go.busy || (why === undefined && !fresh)} why={why} onClick={() => void go.run(undefined)}>
          {t(keep ? 'copy.go' : 'move.go')}
        </Button>
      }
    >
      <div className={css.form}>
        <p>{t(keep ? 'copy.text' : 'move.text')}</p>
        {targets.problem && <ProblemView problem={targets.problem} compact />}
        {targets.value?.length === 0 ? (
          <Banner tone="note" title={t('move.none')} actions={<Button size="small" to="/targets">{t('move.add')}</Button>} />
        ) : targets.value ? (
          <Select
            label={t('move.to')}
            value={to}
            onChange={setChosen}
            placeholder={t('move.choose')}
            options={targets.value.map((each) => ({ value: each.id, label: each.name, detail: each.why ?? each.place, disabled: each.why !== undefined }))}
          />
        ) : (
          !targets.problem && <Skeleton count={2} />
        )}
        {plan.problem && <ProblemView problem={plan.problem} compact />}
        {to !== undefined && !plan.value && !plan.problem && <Skeleton count={4} />}
        {plan.value?.running && !keep && (
          <Banner
            tone="warning"
            title={t('move.running', { name })}
            actions={<Button size="small" busy={stop.busy} why={offer('machines.act:stop')} onClick={() => void stop.run(undefined)}>{machines('action.stop')}</Button>}
          >
            {t('move.runningText')}
          </Banner>
        )}
        {plan.value?.running && keep && <Banner tone="note" title={t('copy.running', { name })} />}
        {plan.value && (
          <>
            <TextField label={t('move.name')} value={newName} onChange={setTyped} error={bad ?? go.problem?.fields?.['newName']} maxLength={63} />
            <TargetPlan
              plan={plan.value}
              running={!keep}
              networks={networks}
              onNetworks={setNetworks}
              storageClass={storageClass}
              onStorageClass={setStorageClass}
            />
            <Checkbox label={t('move.start')} checked={start} onChange={setStart} />
          </>
        )}
        {go.problem && <ProblemView problem={go.problem} compact />}
      </div>
    </Dialog>
  );
} // prettier-ignore
