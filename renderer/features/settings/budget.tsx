import { useState } from 'react';
import type { HostFacts } from '../../../main/contract/host.ts';
import type { Settings } from '../../../main/contract/settings.ts';
import { bytes } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { SizeField } from '../../ui/size-field.tsx';
import css from './settings.module.css';
import { t } from './text.ts';
import { useSave } from './use-save.ts';

type Fields = Pick<
  Settings,
  'reservedMemory' | 'memoryPercent' | 'reservedProcessors' | 'processorRatio' | 'reservedDisk'
>;
type Drafts = { [Name in keyof Fields]: number | undefined }; // prettier-ignore
export const budgetFields = ({ reservedMemory, memoryPercent, reservedProcessors, processorRatio, reservedDisk }: Settings): Fields =>
  ({ reservedMemory, memoryPercent, reservedProcessors, processorRatio, reservedDisk }); // prettier-ignore

/** What is kept for the computer, and how much machines may be given of the rest. */
export function BudgetCard({ settings, facts }: { settings: Settings; facts: HostFacts }) {
  const save = useSave();
  const kept = budgetFields(settings);
  const [drafts, setDrafts] = useState<Drafts>(kept);
  const put = (name: keyof Fields) => (value: number | undefined) => setDrafts({ ...drafts, [name]: value });
  const names = Object.keys(kept) as (keyof Fields)[];
  const dirty = names.some((name) => drafts[name] !== kept[name]);
  const whole = names.every((name) => drafts[name] !== undefined);
  const processors = facts.cpu.threads;
  const most =
    Math.max(1, processors - (drafts.reservedProcessors ?? 0)) * (drafts.processorRatio ?? kept.processorRatio);
  return (
    <Card title={t('budget.title')}>
      <div className={css.saveField}>
        <SizeField
          label={t('memory.label')}
          hint={t('memory.hint', { total: bytes(facts.memory.total) })}
          value={drafts.reservedMemory}
          onChange={put('reservedMemory')}
          min={0}
          max={Math.floor(facts.memory.total)}
        />
        <NumberField
          label={t('budget.memoryPercent')}
          hint={t('budget.memoryPercentHint')}
          value={drafts.memoryPercent}
          onChange={put('memoryPercent')}
          min={100}
          max={300}
          unit="%"
        />
        <NumberField
          label={t('budget.reservedProcessors')}
          value={drafts.reservedProcessors}
          onChange={put('reservedProcessors')}
          max={Math.max(0, processors - 1)}
        />
        <NumberField
          label={t('budget.processorRatio')}
          hint={t('budget.processorRatioHint', { n: most })}
          value={drafts.processorRatio}
          onChange={put('processorRatio')}
          min={1}
          max={100}
        />
        <SizeField
          label={t('budget.reservedDisk')}
          hint={t('budget.reservedDiskHint')}
          value={drafts.reservedDisk}
          onChange={put('reservedDisk')}
          min={0}
          max={1024 ** 5}
        />
        {dirty && (
          <div className={css.buttons}>
            <Button
              size="small"
              tone="primary"
              busy={save.busy}
              why={whole ? undefined : t('budget.why')}
              onClick={() => void save.run(drafts)}
            >
              {t('save')}
            </Button>
            <Button size="small" tone="quiet" onClick={() => setDrafts(kept)}>
              {t('undo')}
            </Button>
          </div>
        )}
      </div>
    </Card>
  );
}
