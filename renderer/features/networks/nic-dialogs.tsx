import { useState } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { Effect } from '../../../main/contract/networks.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './networks.module.css';
import { t } from './text.ts';
import { networkOptions, useNetworks } from './use-networks.ts';

/** Says that it is done, and when it takes effect. */
export const tellDone = (title: string, effect: Effect): void =>
  void toast({ title, ...(effect.when === 'restart' && { detail: t('done.restart') }) });

interface Props {
  of: ObjectRef;
  /** Where it is now: not offered again. */
  now: string[];
  /** Absent: a new interface. */
  nic?: string | undefined;
  running: boolean;
  onClose: () => void;
}

/** Puts a new or a present interface on a network. */
export function PlaceDialog({ of, now, nic, running, onClose }: Props) {
  const offer = useOffer();
  const rows = useNetworks().items.filter((row) => !now.includes(row.id));
  const [network, setNetwork] = useState<string>();
  const [back, setBack] = useState(true);
  const save = useAction(
    (api, to: string) =>
      nic === undefined
        ? api.networks.attach({ ...of, network: to })
        : api.networks.move({ ...of, interface: nic, network: to, rollBackSeconds: back ? 60 : 0 }),
    {
      onDone: (effect) => {
        tellDone(nic === undefined ? t('attach.done') : t('move.done', { name: nic }), effect);
        onClose();
      },
    },
  );
  return (
    <Dialog
      open
      onClose={onClose}
      title={nic === undefined ? t('attach.title') : t('move.title', { name: nic })}
      cancel
      footer={
        <Button
          tone="primary"
          busy={save.busy}
          why={network === undefined ? t('move.choose') : undefined}
          onClick={() => network !== undefined && void save.run(network)}
        >
          {nic === undefined ? t('attach.save') : t('move.save')}
        </Button>
      }
    >
      <div className={css.form}>
        <Select
          label={t(nic === undefined ? 'nic.network' : 'move.to')}
          hint={nic === undefined && running ? offer('networks.attach:running') : undefined}
          value={network}
          onChange={setNetwork}
          options={networkOptions(rows, of.namespace)}
        />
        {nic !== undefined && <Checkbox label={t('move.back')} checked={back} onChange={setBack} />}
        {save.problem && <ProblemView problem={save.problem} compact />}
      </div>
    </Dialog>
  );
}

/** Asks for one address that stays. */
export function ReserveDialog({
  of,
  nic,
  reserved,
  onClose,
}: {
  of: ObjectRef;
  nic: string;
  reserved?: string | undefined;
  onClose: () => void;
}) {
  const [address, setAddress] = useState(reserved ?? '');
  const save = useAction(
    (api) => api.networks.reserve({ ...of, interface: nic, ...(address.trim() && { address: address.trim() }) }),
    {
      onDone: (effect) => {
        tellDone(t('reserve.done'), effect);
        onClose();
      },
    },
  );
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('reserve.title', { name: nic })}
      description={t('reserve.text')}
      cancel
      footer={
        <Button tone="primary" busy={save.busy} onClick={() => void save.run(undefined)}>
          {t('reserve.save')}
        </Button>
      }
    >
      <form
        className={css.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save.run(undefined);
        }}
      >
        <TextField label={t('reserve.address')} hint={t('reserve.hint')} value={address} onChange={setAddress} mono />
        {save.problem && <ProblemView problem={save.problem} compact />}
      </form>
    </Dialog>
  );
}
