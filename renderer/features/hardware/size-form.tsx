import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import type { Hardware, Resize } from '../../../main/contract/hardware.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { bytes } from '../../lib/format.ts';
import { target, useLive } from '../../lib/resources.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { SizeField } from '../../ui/size-field.tsx';
import { toast } from '../../ui/toast.tsx';
import { ChangeList } from './change-list.tsx';
import css from './hardware.module.css';
import { t } from './text.ts';

type Wish = Omit<Resize, 'namespace' | 'name'>;
const fields = ['sockets', 'cores', 'threads'] as const;

/** Edits the size and says, before anything is done, what applies now and what waits for a restart. */
export function SizeForm({ of, hardware: { size, running } }: { of: ObjectRef; hardware: Hardware }): ReactNode {
  const offer = useOffer();
  const [wish, setWish] = useState<Wish>({});
  const [bad, setBad] = useState<ReadonlySet<string>>(new Set());
  // What is asked for and what is there are the same again: nothing is wished any more.
  const wished = Object.entries(wish).filter(([key, value]) => value !== size[key as keyof Wish]);
  const asked: Wish = Object.fromEntries(wished);
  const settled = useSettled(JSON.stringify(asked));
  const { value: place } = useLive(target);
  const preview = useCall(
    ['resize', place?.id, of, settled, running, size],
    (api, signal) => api.hardware.planResize({ ...of, ...(JSON.parse(settled) as Wish) }, { signal }),
    { enabled: settled !== '{}' },
  );
  const apply = useAction((api, input: Wish) => api.hardware.resize({ ...of, ...input }), {
    onDone: () => {
      setWish({});
      toast({ title: t('size.applied', { name: of.name }), tone: 'ok' });
    },
  });
  const put = <K extends keyof Wish>(key: K, value: Wish[K] | undefined): void => {
    setBad((now) => new Set([...now].filter((each) => each !== key).concat(value === undefined ? [key] : [])));
    setWish((now) => ({ ...now, ...(value === undefined ? {} : { [key]: value }) }));
  };
  const undo = (): void => {
    setWish({});
    setBad(new Set());
  };
  const plan = settled === '{}' ? [] : (preview.value ?? []);
  const refused = plan.find(({ when }) => when === 'refused');
  const most = size.most;
  const why =
    offer('hardware.resize') ??
    (wished.length === 0 ? t('size.unchanged') : (refused?.why ?? (bad.size > 0 ? t('size.unchanged') : undefined)));
  // It can be asked for all the same: it then waits for a restart, and this says why.
  const may = running && offer('hardware.resize') === undefined;
  const noLiveCpu = may ? offer('hardware.resize:cpu') : undefined;
  const noLiveMemory = may ? offer('hardware.resize:memory') : undefined;
  const wantsMemory = size.running && most && most.memory > size.running.memoryAtBoot;
  return (
    <Card title={t('size.title')}>
      <form
        className={css.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (why === undefined) void apply.run(asked);
        }}
      >
        {size.instancetype === undefined ? (
          <div className={css.fields}>
            {fields.map((field) => (
              <NumberField
                key={field}
                label={t(`size.${field}`)}
                value={bad.has(field) ? undefined : (wish[field] ?? size[field])}
                min={1}
                max={field === 'threads' ? 8 : 512}
                onChange={(value) => put(field, value)}
                hint={
                  field === 'sockets' && noLiveCpu
                    ? noLiveCpu
                    : most === undefined
                      ? undefined
                      : field === 'sockets'
                        ? t('size.mostSockets', { n: most.sockets })
                        : t('size.fixed')
                }
              />
            ))}
            <SizeField
              label={t('size.memory')}
              value={bad.has('memory') ? undefined : (wish.memory ?? size.memory)}
              min={16 * 2 ** 20}
              onChange={(value) => put('memory', value)}
              hint={
                noLiveMemory ??
                (wantsMemory
                  ? t('size.mostMemory', { from: bytes(size.running?.memoryAtBoot), to: bytes(most?.memory) })
                  : most && t('size.fixedMemory'))
              }
            />
          </div>
        ) : (
          <TypeField
            of={of}
            now={size.instancetype}
            wish={wish.instancetype}
            onChange={(type) => put('instancetype', type)}
          />
        )}
        <div className={css.preview} aria-live="polite">
          {plan.length > 0 ? (
            <>
              <span className={css.heading}>{t('size.preview')}</span>
              <ChangeList changes={plan} />
            </>
          ) : (
            running && <p className={css.muted}>{t('size.unchanged')}</p>
          )}
        </div>
        {preview.problem && <ProblemView problem={preview.problem} compact />}
        {apply.problem && <ProblemView problem={apply.problem} compact />}
        <div className={css.actions}>
          <Button type="submit" tone="primary" busy={apply.busy} why={why}>
            {plan.some(({ when }) => when === 'restart') ? t('size.applyRestart') : t('size.apply')}
          </Button>
          {(wished.length > 0 || bad.size > 0) && <Button onClick={undo}>{t('size.undo')}</Button>}
        </div>
      </form>
    </Card>
  );
}

interface TypeProps {
  of: ObjectRef;
  now: string;
  wish: string | undefined;
  onChange: (type: string) => void;
}
function TypeField({ of, now, wish, onChange }: TypeProps): ReactNode {
  const { value: place } = useLive(target);
  const types = useCall(['instancetypes', place?.id, of.namespace], (api, signal) =>
    api.machines.instancetypes({}, { signal }),
  );
  const known = (types.value ?? []).map((type) => ({
    value: type.name,
    label: `${type.name} (${type.cpus} vCPU, ${bytes(type.memory)})`,
    ...(type.fits ? {} : { detail: type.why ?? '', disabled: true }),
  }));
  const options = known.some(({ value }) => value === now) ? known : [{ value: now, label: now }, ...known];
  return (
    <Combobox
      label={t('size.type')}
      hint={t('size.typed', { type: now })}
      value={wish ?? now}
      onChange={onChange}
      options={options}
    />
  );
}

/** The text once it has stayed the same for a moment: nobody wants an answer for every keystroke. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), 250);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
