import { useState } from 'react';
import type { ReactNode } from 'react';
import type { MachineDetail } from '../../../main/contract/machine.ts';
import { folderTrouble, labelTrouble, orderOf, organiseKeys, ownLabels, parseLabel, secondsOf, tidyFolder } from '../../../main/contract/organise-rules.ts'; // prettier-ignore
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { TextArea } from '../../ui/text-area.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './organise.module.css';
import { t } from './text.ts';

/** Where a machine belongs, what is noted about it, and its place after a power cut. */
export function OrganiseCard({ detail }: { detail: MachineDetail }): ReactNode {
  const { annotations = {}, labels } = detail.vm.metadata;
  const [editing, setEditing] = useState(false);
  const offer = useOffer();
  const own = Object.entries(ownLabels(labels));
  const notes = annotations[organiseKeys.notes];
  const order = orderOf(annotations[organiseKeys.startOrder]);
  const delay = secondsOf(annotations[organiseKeys.startDelay]);
  const start =
    order === undefined ? t('order.none') : t(delay ? 'order.after' : 'order', { order, delay: delay ?? 0 });
  const lack = offer('organise.change:startOrder');
  return (
    <Card
      title={t('title')}
      actions={
        <Button size="small" why={offer('organise.change')} onClick={() => setEditing(true)}>
          {t('edit')}
        </Button>
      }
    >
      <KeyValue
        items={[
          { label: t('folder'), value: annotations[organiseKeys.folder] ?? t('none') },
          {
            label: t('labels'),
            value:
              own.length === 0 ? (
                t('none')
              ) : (
                <span className={css.chips}>
                  {own.map(([key, value]) => (
                    <code key={key} className={css.chip}>
                      {value ? `${key}=${value}` : key}
                    </code>
                  ))}
                </span>
              ),
          },
          { label: t('start'), value: start },
        ]}
      />
      {order !== undefined && lack && <p className={css.muted}>{lack}</p>}
      {notes && <p className={css.notes}>{notes}</p>}
      {editing && <OrganiseDialog detail={detail} onClose={() => setEditing(false)} />}
    </Card>
  );
}

function OrganiseDialog({ detail, onClose }: { detail: MachineDetail; onClose: () => void }): ReactNode {
  const { annotations = {}, labels: all } = detail.vm.metadata;
  const before = ownLabels(all);
  const [folder, setFolder] = useState(annotations[organiseKeys.folder] ?? '');
  const [labels, setLabels] = useState<Record<string, string>>(before);
  const [label, setLabel] = useState('');
  const [notes, setNotes] = useState(annotations[organiseKeys.notes] ?? '');
  const [order, setOrder] = useState(orderOf(annotations[organiseKeys.startOrder]));
  const [delay, setDelay] = useState(secondsOf(annotations[organiseKeys.startDelay]));
  const offer = useOffer();
  const { namespace, name } = detail.row;
  // One that was typed and not added yet is meant all the same.
  const parsed = parseLabel(label);
  const trouble = label ? labelTrouble(parsed.key, parsed.value) : undefined;
  const gone = Object.fromEntries(
    Object.keys(before)
      .filter((key) => !(key in labels))
      .map((key) => [key, null]),
  );
  const save = useAction(
    (api, _none: undefined) =>
      api.organise.change({ namespace, name, folder, notes, labels: { ...gone, ...labels, ...(label && { [parsed.key]: parsed.value }) }, startOrder: order ?? null, startDelay: delay ?? null }),
    { onDone: onClose },
  ); // prettier-ignore
  const folderBad = folderTrouble(tidyFolder(folder));
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('dialog', { name })}
      footer={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button tone="primary" busy={save.busy} why={folderBad ?? trouble} onClick={() => void save.run(undefined)}>
            {t('save')}
          </Button>
        </>
      }
    >
      <div className={css.form}>
        <TextField label={t('folder')} hint={t('folder.hint')} value={folder} onChange={setFolder} error={folderBad} />
        <div className={css.labels}>
          <span className={css.chips}>
            {Object.entries(labels).map(([key, value]) => (
              <Button key={key} size="small" onClick={() => setLabels(Object.fromEntries(Object.entries(labels).filter(([each]) => each !== key)))}>
                {t('label.remove', { label: value ? `${key}=${value}` : key })}
              </Button>
            ))}
          </span>
          <TextField label={t('label.add')} hint={t('label.hint')} value={label} onChange={setLabel} mono error={trouble} />
          <Button
            size="small"
            why={!label ? t('label.hint') : trouble}
            onClick={() => {
              setLabels({ ...labels, [parsed.key]: parsed.value });
              setLabel('');
            }}
          >
            {t('label.put')}
          </Button>
        </div>
        <NumberField label={t('order.field')} hint={offer('organise.change:startOrder') ?? t('order.hint')} value={order} onChange={setOrder} min={0} max={9999} />
        <NumberField label={t('delay.field')} hint={t('delay.hint')} value={delay} onChange={setDelay} min={0} max={3600} unit="s" />
        <TextArea label={t('notes')} hint={t('notes.hint')} value={notes} onChange={setNotes} rows={6} optional />
        {save.problem && <ProblemView problem={save.problem} compact />}
      </div>
    </Dialog>
  ); // prettier-ignore
}
