import { useRef, useState } from 'react';
import { amountKinds } from '../../../main/contract/quotas.ts';
import type { AmountKind, Limits, OwnLimits, SetQuota } from '../../../main/contract/quotas.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Select } from '../../ui/select.tsx';
import { SizeField } from '../../ui/size-field.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './access.module.css';
import { t } from './text.ts';

/** Whose limits: of a role, or of a person, who has those of the role unless they have their own. */
export type Whose =
  | { type: 'role'; role: 'operator' | 'student'; name: string; limits: Limits }
  | { type: 'person'; id: string; name: string; own: OwnLimits; limits: Limits };

/** Changes the limits of a role or of somebody. `onDone`: they are others now. */
export function QuotaDialog({ whose, onClose, onDone }: { whose: Whose; onClose: () => void; onDone: () => void }) {
  const begun = whose.type === 'person' && Object.keys(whose.own).length === 0 ? 'role' : 'own';
  const [which, setWhich] = useState<'role' | 'own'>(begun);
  const [limits, setLimits] = useState<Limits>(whose.limits);
  const set = (kind: AmountKind) => (value: number | undefined) => setLimits(({ [kind]: _before, ...rest }) => (value === undefined ? rest : { ...rest, [kind]: value })); // prettier-ignore
  const save = useAction((api, input: SetQuota) => api.access.setQuota(input), {
    onDone: () => {
      toast({ title: t('quota.saved', { name: whose.name }) });
      onDone();
      onClose();
    },
  });
  const fields = useRef<HTMLDivElement>(null);
  const go = (): void => {
    // What is no amount must not count as none.
    const wrong = fields.current?.querySelector<HTMLElement>('[aria-invalid=true]');
    if (wrong) return wrong.focus();
    if (whose.type === 'role') return void save.run({ type: 'role', role: whose.role, limits });
    const own = which === 'role' ? {} : Object.fromEntries(amountKinds.map((kind) => [kind, limits[kind] ?? null]));
    return void save.run({ type: 'person', id: whose.id, limits: own });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('quota.of', { name: whose.name })}
      description={t('quota.text')}
      cancel
      footer={
        <Button tone="primary" busy={save.busy} onClick={go}>
          {t('quota.save')}
        </Button>
      }
    >
      <div ref={fields} className={css.stack}>
        {whose.type === 'person' && (
          <Select
            label={t('quota.limits')}
            value={which}
            options={[
              { value: 'role', label: t('quota.asRole') },
              { value: 'own', label: t('quota.asOwn') },
            ]}
            onChange={setWhich}
          />
        )}
        {which === 'own' && (
          <>
            <NumberField label={t('quota.machines')} hint={t('quota.empty')} value={limits.machines} onChange={set('machines')} />
            <NumberField label={t('quota.cpus')} value={limits.cpus} onChange={set('cpus')} />
            <SizeField label={t('quota.memory')} value={limits.memory} onChange={set('memory')} />
            <SizeField label={t('quota.disk')} value={limits.disk} onChange={set('disk')} />
          </>
        )}
        {save.problem && <ProblemView problem={save.problem} compact />}
      </div>
    </Dialog>
  );
} // prettier-ignore
