import { useEffect, useEffectEvent, useState } from 'react';
import { bytes } from '../../lib/format.ts';
import { images, useList } from '../../lib/resources.ts';
import { useTask, useTaskOf } from '../../lib/tasks.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { TaskCard } from '../../ui/task-card.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import { useHost } from '../host/use-host.ts';
import { entryName } from '../images/library.ts';
import { imageOf, offeredImages } from './draft.ts';
import type { StepProps } from './step-props.ts';
import { StepFrame } from './step-frame.tsx';
import { t } from './text.ts';

const first = 5;

export function ImageStep({ draft, change }: StepProps) {
  const catalogue = useCall(['catalogue'], (api, signal) => api.images.catalogue({}, { signal }));
  const { items } = useList(images);
  const arch = useHost().value?.facts.os.arch ?? 'x86_64';
  const [all, setAll] = useState(false);
  const row = imageOf(draft.choice, draft.image, items);
  const byId = useTask(draft.taskId);
  const byObject = useTaskOf(draft.image ?? { name: row?.name ?? '' });
  const task = byId ?? (row && row.state !== 'ready' ? byObject : undefined);
  const get = useAction(
    (api, id: string) => (id === 'starter' ? api.images.buildStarter({}) : api.images.addFromCatalogue({ id })),
    { onDone: ({ taskId, image }) => change({ taskId, image }) },
  );
  const cancel = useAction((api, id: string) => api.tasks.cancel({ id }), { onProblem: toastProblem });

  const entries = offeredImages(catalogue.value ?? [], arch);
  const starter = catalogue.value?.find((entry) => entry.kind === 'starter');
  const shown = entries.filter((entry, index) => all || index < first || entry.id === draft.choice);
  const name =
    (draft.choice === 'starter' ? starter?.name : entries.find((entry) => entry.id === draft.choice)?.name) ??
    t('image.starter');
  const have = (id: string): string | undefined =>
    items.some((each) => each.catalogueId === id && each.state === 'ready') ? t('image.have') : undefined;

  const ready = row?.state === 'ready';
  // What was asked for here has come: go on by itself. Coming back later stays, because the task is forgotten.
  const goOn = useEffectEvent(() => {
    if (row) change({ step: 'machine', taskId: undefined, image: { namespace: row.namespace, name: row.name } });
  });
  const arrived = ready && draft.taskId !== undefined;
  useEffect(() => {
    if (arrived) goOn();
  }, [arrived]);
  const working = get.busy || task?.state === 'running' || (row !== undefined && row.state === 'importing');
  const choose = (choice: string): void => {
    get.reset();
    change({ choice, image: undefined, taskId: undefined });
  };
  const lack = useOffer()(draft.choice === 'starter' ? 'images.buildStarter' : 'images.addFromCatalogue');
  const why = ready || working ? undefined : lack;
  const submit = (): void => {
    if (why) return;
    if (ready && row) change({ step: 'machine', image: { namespace: row.namespace, name: row.name } });
    else if (!working) void get.run(draft.choice);
  };
  const label = ready
    ? t('next')
    : task && task.state !== 'running' && !working
      ? t('image.retry')
      : t(draft.choice === 'starter' ? 'image.build' : 'image.get');
  return (
    <StepFrame
      title={t('image.title')}
      text={t('image.text')}
      onBack={() => change({ step: 'place' })}
      onSubmit={submit}
      next={
        <Button tone="primary" type="submit" busy={working && !ready} why={why}>
          {label}
        </Button>
      }
    >
      {!working && (
        <RadioCards
          label={t('image.label')}
          hideLabel
          columns={2}
          value={draft.choice}
          onChange={choose}
          options={[
            {
              value: 'starter',
              title: starter?.name ?? t('image.starter'),
              badge: have('starter') ?? t('image.starterBadge'),
              detail: t('image.starterDetail', { size: bytes(starter?.downloadSize ?? 30 * 2 ** 20) }),
            },
            ...shown.map((entry) => ({
              value: entry.id,
              title: entryName(entry),
              badge: have(entry.id),
              detail: t(entry.defaultUser ? 'image.entry' : 'image.entryNoUser', {
                size: bytes(entry.downloadSize),
                user: entry.defaultUser ?? '',
              }),
            })),
          ]}
        />
      )}
      {!working && !all && entries.length > first && (
        <div>
          <Button tone="quiet" size="small" onClick={() => setAll(true)}>
            {t('image.all', { n: entries.length })}
          </Button>
        </div>
      )}
      {catalogue.problem && <Banner tone="warning" title={t('image.catalogueFailed')} />}
      {get.problem && <ProblemView problem={get.problem} />}
      {task && !ready && (
        <Card>
          <TaskCard task={task} onCancel={() => void cancel.run(task.id)} />
        </Card>
      )}
      {ready && <Banner tone="ok" title={t('image.ready', { name: row.displayName })} />}
      {row?.state === 'failed' && !task?.problem && (
        <Banner tone="problem" title={t('image.failed', { name })}>
          {row.problem}
        </Banner>
      )}
    </StepFrame>
  );
}
