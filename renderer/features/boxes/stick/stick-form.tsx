import { useState } from 'react';
import type { WriteStick } from '../../../../main/contract/box/sticks.ts';
import { useLive } from '../../../lib/resources.ts';
import { useAction, useCall } from '../../../lib/use-call.ts';
import { usePatience } from '../../../lib/use-patience.ts';
import { Skeleton } from '../../../ui/skeleton.tsx';
import css from '../boxes.module.css';
import { stickDrives } from '../resources.ts';
import { newDraft, placeOf, toWishes } from './draft.ts';
import type { StickDraft } from './draft.ts';
import { DriveStep } from './drive-step.tsx';
import { ImageStep } from './image-step.tsx';
import { SettingsStep } from './settings/settings-step.tsx';
import type { Run } from './run.ts';
import { Summary } from './summary.tsx';
import { useCheck } from './use-check.ts';

export type Wish = Omit<WriteStick, 'wishes'> & { wishes: ReturnType<typeof toWishes> };

/** Image, drive, settings, trust: and beside them what will happen. */
export function StickForm({
  sshKeys,
  onStarted,
}: {
  sshKeys: readonly string[];
  onStarted: (run: Run, wish: Wish) => void;
}) {
  const [draft, setDraft] = useState(() => newDraft(sshKeys));
  const [tried, setTried] = useState(false);
  const set = (part: Partial<StickDraft>): void => setDraft((before) => ({ ...before, ...part }));
  const live = useLive(stickDrives);
  const drives = live.value?.drives ?? [];
  const images = useCall(['box-images'], (api, signal) => api.boxes.images({}, { signal }), { staleMs: 0 });
  const held = usePatience(images.loading || live.state === 'loading');
  const rows = images.value?.images ?? [];
  const image = rows.find((row) => row.path === draft.image && row.facts) ?? rows.find((row) => row.facts);
  const wishes = toWishes(draft);
  const check = useCheck(wishes);
  const place = placeOf(draft, drives);
  const write = useAction((api, input: Wish) => api.boxes.write(input), {
    onDone: ({ taskId }, input) =>
      onStarted(
        {
          taskId,
          hostName: draft.hostName,
          place: { type: input.place.type, path: input.place.path },
          enrolled: input.enrol !== undefined,
        },
        input,
      ),
  });
  const submit = (): void => {
    setTried(true);
    if (!image || !place || check.checking || Object.keys(check.fields).length > 0 || write.busy) return;
    void write.run({
      image: image.path,
      place,
      wishes,
      fullCheck: draft.fullCheck,
      ...(draft.enrol && { enrol: { days: draft.days ?? 7 } }),
    });
  };
  if (held) return <Skeleton height="block" count={3} />;
  return (
    <form
      noValidate
      className={css.columns}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className={css.column}>
        <ImageStep images={images} chosen={image?.path} onChoose={(path) => set({ image: path })} />
        <DriveStep draft={draft} set={set} live={live} tried={tried} />
        <SettingsStep draft={draft} set={set} fields={check.fields} />
      </div>
      <Summary draft={draft} set={set} image={image} place={place} drives={drives} check={check} write={write} />
    </form>
  );
}
