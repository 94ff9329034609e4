import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { RecordingRow } from '../../../main/contract/recordings.ts';
import { recordings, useList } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { RecordIcon, StopIcon } from '../../ui/icons.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { pathOf } from './names.ts';
import { t } from './text.ts';

interface Props {
  machines: readonly ObjectRef[];
  /** Name of the lab whose machines they are. */
  lab?: string | undefined;
  /** Why it cannot be used now. */
  why?: string | undefined;
  /** With its words, where there is room. */
  words?: boolean;
}

/** What records these machines now: all of them, or a recording in which they are among others. */
export const recordingOf = (rows: readonly RecordingRow[], machines: readonly ObjectRef[]): RecordingRow | undefined =>
  rows.find(
    (row) =>
      row.state === 'recording' &&
      machines.every((ref) => row.machines.some((each) => each.namespace === ref.namespace && each.name === ref.name)),
  );

/** Begins to record machines, and ends it; whichever window began. */
export function RecordButton({ machines, lab, why, words = false }: Props): ReactNode {
  const row = recordingOf(useList(recordings).items, machines);
  const offer = useOffer();
  const [begun, setBegun] = useState(false);
  const start = useAction((api, _input: undefined) => api.recordings.start({ machines: [...machines], ...(lab !== undefined && { lab }) }), {
    onDone: () => setBegun(true),
    onProblem: toastProblem,
  }); // prettier-ignore
  const stop = useAction((api, name: string) => api.recordings.stop({ name }), {
    onDone: ({ name }) => toast({ title: t('recorded', { name }), action: { label: t('watch'), onClick: () => (window.location.hash = pathOf(name)) } }), // prettier-ignore
    onProblem: toastProblem,
  });
  // The list tells a moment after the answer.
  if (begun && row) setBegun(false);
  // Of several machines each must be one's own.
  const all = machines.map(({ namespace }) => ({ namespace }));
  const nothing = [undefined, ...all].map((whose) => offer('consoles.screenshot', whose) && offer('consoles.serial', whose)).find((each) => each !== undefined); // prettier-ignore
  const busy = start.busy || stop.busy || (begun && !row);
  const label = row ? t('stop') : t('record');
  const press = (): void => void (row ? stop.run(row.name) : start.run(undefined));
  const cannot = row ? undefined : (why ?? nothing ?? (machines.length === 0 ? t('record.none') : undefined));
  return words ? (
    <Button size="small" icon={row ? StopIcon : RecordIcon} busy={busy} why={cannot} onClick={press}>
      {label}
    </Button>
  ) : (
    <IconButton
      icon={row ? StopIcon : RecordIcon}
      label={row ? t('stop.named', { name: row.name }) : label}
      tone={row ? 'danger' : 'quiet'}
      busy={busy}
      why={cannot}
      onClick={press}
    />
  );
}
