import { useState } from 'react';
import type { ReactNode } from 'react';
import type { PodRow } from '../../../main/contract/pods.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './containers.module.css';
import { t } from './text.ts';

interface Props {
  row: PodRow;
  onClose: () => void;
}
const refOf = ({ kind, namespace, name }: PodRow) => ({ kind, namespace, name });

/** A port of this computer that leads to one of a container. */
export function ForwardDialog({ row, onClose }: Props): ReactNode {
  const [port, setPort] = useState<number | undefined>(row.containers.flatMap(({ ports }) => ports)[0]);
  const [local, setLocal] = useState<number>();
  const offer = useOffer();
  const save = useAction(
    (api, wanted: number) =>
      api.pods.forward({ ...refOf(row), port: wanted, ...(local !== undefined && { localPort: local }) }),
    {
      onDone: ({ localPort, port: to }) => {
        toast({
          title: t('forward.done', { address: `127.0.0.1:${localPort}`, port: to, name: row.name }),
          keep: true,
        });
        onClose();
      },
    },
  );
  const why = offer('pods.forward') ?? (port === undefined ? t('forward.needs') : undefined);
  const submit = (): void => {
    if (why === undefined && port !== undefined) void save.run(port);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('forward.title', { name: row.name })}
      description={t('forward.text')}
      cancel
      footer={
        <Button tone="primary" busy={save.busy} why={why} onClick={submit}>
          {t('forward.save')}
        </Button>
      }
    >
      <Form onSubmit={submit}>
        <div className={css.pair}>
          <NumberField label={t('forward.port')} value={port} onChange={setPort} min={1} max={65_535} />
          <NumberField
            label={t('forward.local')}
            hint={t('forward.local.hint')}
            value={local}
            onChange={setLocal}
            min={1024}
            max={65_535}
            error={save.problem?.fields?.['localPort']}
          />
        </div>
        {save.problem && <ProblemView problem={save.problem} compact />}
      </Form>
    </Dialog>
  );
}

/** How many Pods there are to be. */
export function ScaleDialog({ row, onClose }: Props): ReactNode {
  const [replicas, setReplicas] = useState<number | undefined>(row.ready.want);
  const offer = useOffer();
  const save = useAction((api, wanted: number) => api.pods.scale({ ...refOf(row), replicas: wanted }), {
    onDone: () => {
      toast({ title: t('scaled', { name: row.name }) });
      onClose();
    },
  });
  const submit = (): void => {
    if (replicas !== undefined && offer('pods.scale') === undefined) void save.run(replicas);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('scale.title', { name: row.name })}
      cancel
      footer={
        <Button tone="primary" busy={save.busy} why={offer('pods.scale')} onClick={submit}>
          {t('scale.save')}
        </Button>
      }
    >
      <Form onSubmit={submit}>
        <NumberField
          label={t('scale.label')}
          hint={t('scale.hint')}
          value={replicas}
          onChange={setReplicas}
          max={1000}
        />
        {save.problem && <ProblemView problem={save.problem} compact />}
      </Form>
    </Dialog>
  );
}

/** Enter in any of its fields. */
export function Form({ onSubmit, children }: { onSubmit: () => void; children: ReactNode }): ReactNode {
  return (
    <form
      className={css.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
      <input type="submit" hidden />
    </form>
  );
}
