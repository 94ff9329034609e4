import { useState } from 'react';
import { newPlaceDraft, noSecrets, shownPart } from '../install/draft.ts';
import type { Secrets } from '../install/draft.ts';
import { PlaceCheck } from './place-check.tsx';
import { PlaceChoice } from './place-choice.tsx';
import { PlaceCluster } from './place-cluster.tsx';
import { PlaceConnect } from './place-connect.tsx';
import { PlaceKind } from './place-kind.tsx';
import { PlacePlan } from './place-plan.tsx';
import type { PlaceProps } from './place-props.ts';
import { PlaceRun } from './place-run.tsx';
import { PlaceSettings } from './place-settings.tsx';
import type { StepProps } from './step-props.ts';

const parts = {
  choose: PlaceChoice,
  check: PlaceCheck,
  settings: PlaceSettings,
  plan: PlacePlan,
  run: PlaceRun,
};

/** Where machines shall run, and the way there: each part is a page of its own in the same frame, kept over a reload. */
export function PlaceStep({ draft: { place: kept }, change, finish }: StepProps) {
  const draft = kept ?? newPlaceDraft();
  // Never in the storage: after a reload they are asked for again.
  const [secrets, setSecrets] = useState<Secrets>(noSecrets);
  const props: PlaceProps = {
    draft,
    set: (part) => change({ place: { ...draft, ...part } }),
    secrets,
    setSecrets: (part) => setSecrets((before) => ({ ...before, ...part })),
    goOn: () => {
      if (draft.after === undefined) change({ step: 'image', place: { ...draft, part: 'choose', run: undefined } });
      else finish(draft.after);
    },
    leave: () => change({ step: 'host' }),
    finish,
  };
  const part = shownPart(draft, secrets);
  if (part === 'connect') {
    const Connect = draft.way === 'cluster' ? PlaceCluster : draft.way === 'kind' ? PlaceKind : PlaceConnect;
    return <Connect key={draft.way} {...props} />;
  }
  const View = parts[part];
  return <View key={part} {...props} />;
}
