import { useState } from 'react';
import type { Appliance } from '../../../main/contract/appliance.ts';
import { appliances, target, targets, useList, useLive } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { BeakerIcon, BoxIcon, ClusterIcon, FlameIcon, ServerIcon, UsbIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import type { PlaceDraft, Way } from '../install/draft.ts';
import { toForm } from '../install/settings-form.ts';
import type { PlaceProps } from './place-props.ts';
import { StepFrame } from './step-frame.tsx';
import { t } from './text.ts';

/** Where a half install goes on: its own settings, and the machine it was on. */
function resumed(row: Appliance): Partial<PlaceDraft> {
  if (row.taskId !== undefined) return { part: 'run', run: { taskId: row.taskId, name: row.id } };
  const settings = toForm(row.settings);
  return row.placeType === 'local' ? { way: 'local', part: 'plan', settings } : { way: 'ssh', part: 'connect', settings };
} // prettier-ignore

export function PlaceChoice({ draft, set, goOn, leave, finish }: PlaceProps) {
  // Not a way of this wizard: it leads to pages of its own.
  const [box, setBox] = useState(false);
  const { items } = useList(appliances);
  const { items: known } = useList(targets);
  const shown = useLive(target).value?.id;
  const unfinished = items.find((row) => row.state === 'half' || row.state === 'installing');
  const here = items.find((row) => row.placeType === 'local' && row.state !== 'half' && row.state !== 'installing');
  const use = useAction((api, id: string) => api.targets.use({ id }), { onDone: goOn });
  const useTarget = (id: string | undefined): void => {
    if (id === undefined || id === shown) goOn();
    else void use.run(id);
  };
  const next = (): void => {
    if (box) finish('/boxes/stick');
    else if (draft.way === 'lab') useTarget(known.find((each) => each.kind === 'quick-lab')?.id);
    else if (draft.way === 'local' && here) useTarget(known.find((each) => each.id === here.id)?.id ?? here.id);
    else set({ part: draft.way === 'local' ? 'check' : 'connect', settings: undefined, run: undefined });
  };
  return (
    <StepFrame
      title={t('place.title')}
      text={t('place.text')}
      onBack={leave}
      onSubmit={next}
      next={
        <Button tone="primary" type="submit" busy={use.busy}>
          {t('next')}
        </Button>
      }
    >
      {unfinished && (
        <Banner
          tone={unfinished.taskId ? 'note' : 'warning'}
          title={t(unfinished.taskId ? 'place.running' : 'place.half', { place: unfinished.place })}
          actions={
            <Button size="small" tone="primary" onClick={() => set(resumed(unfinished))}>
              {t(unfinished.taskId ? 'place.watch' : 'place.resume')}
            </Button>
          }
        >
          {unfinished.problem?.detail ?? t(unfinished.taskId ? 'place.runningText' : 'place.halfText')}
        </Banner>
      )}
      <RadioCards<Way | 'box'>
        label={t('place.label')}
        hideLabel
        columns={2}
        value={box ? 'box' : draft.way}
        onChange={(way) => {
          setBox(way === 'box');
          if (way !== 'box') set({ way });
        }}
        options={[
          { value: 'lab', title: t('place.lab'), detail: t('place.labDetail'), badge: t('place.labBadge'), icon: FlameIcon },
          { value: 'local', title: t('place.local'), detail: t('place.localDetail'), icon: BoxIcon, badge: here && t('place.localHere') },
          { value: 'ssh', title: t('place.ssh'), detail: t('place.sshDetail'), icon: ServerIcon },
          { value: 'cluster', title: t('place.cluster'), detail: t('place.clusterDetail'), icon: ClusterIcon },
          { value: 'kind', title: t('place.kind'), detail: t('place.kindDetail'), icon: BeakerIcon },
          { value: 'box', title: t('place.box'), detail: t('place.boxDetail'), icon: UsbIcon },
        ]} // prettier-ignore
      />
      {use.problem && <ProblemView problem={use.problem} />}
    </StepFrame>
  );
}
