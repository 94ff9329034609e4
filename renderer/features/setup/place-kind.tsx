import { useState } from 'react';
import { useAction, useCall } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { freeKind, kindError, KindForm, kindInput } from '../targets/kind-form.tsx';
import type { KindDraft } from '../targets/kind-form.tsx';
import { t as targets } from '../targets/text.ts';
import type { PlaceProps } from './place-props.ts';
import css from './setup.module.css';
import { StepFrame } from './step-frame.tsx';
import { t } from './text.ts';

/** A throwaway cluster inside of a container. */
export function PlaceKind({ set }: PlaceProps) {
  const state = useCall(['kind'], (api, signal) => api.targets.kind({}, { signal }), { staleMs: 0 });
  const clusters = state.value?.clusters ?? [];
  const [typed, setTyped] = useState<Partial<KindDraft>>({});
  const draft: KindDraft = { name: freeKind(clusters), mirror: '', bundle: '', ...typed };
  const create = useAction((api) => api.targets.createKind(kindInput(draft)), {
    onDone: ({ taskId }) => set({ part: 'run', run: { taskId, name: draft.name } }),
  });
  const broken = state.problem ?? state.value?.problem;
  const why = !state.value ? targets('kind.loading') : broken ? broken.title : kindError(draft, clusters);
  const form = (
    <KindForm state={state} draft={draft} onChange={(part) => setTyped((before) => ({ ...before, ...part }))} />
  );
  return (
    <StepFrame
      title={targets('kind.title')}
      text={targets('kind.description')}
      onBack={() => set({ part: 'choose' })}
      onSubmit={() => why === undefined && void create.run(undefined)}
      next={
        <Button tone="primary" type="submit" busy={create.busy} why={why}>
          {targets('kind.create')}
        </Button>
      }
    >
      {broken ? form : <Card>{form}</Card>}
      {create.problem && <ProblemView problem={create.problem} />}
      {!broken && <p className={css.small}>{t('kind.note')}</p>}
    </StepFrame>
  );
}
