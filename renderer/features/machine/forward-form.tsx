import { useState } from 'react';
import type { ReactNode } from 'react';
import type { MachineInterface } from '../../../main/contract/machine.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './machine.module.css';
import { portOf } from './ports.ts';
import { t } from './text.ts';

interface Props {
  of: ObjectRef;
  forwards: MachineInterface['forwards'];
}

/** Adds one forward; a port that is already taken here is named before it is tried. */
export function ForwardForm({ of, forwards }: Props): ReactNode {
  const offer = useOffer();
  const [guest, setGuest] = useState('');
  const [host, setHost] = useState('');
  const [protocol, setProtocol] = useState<'TCP' | 'UDP'>('TCP');
  const [tried, setTried] = useState(false);
  const add = useAction(
    (api, input: { guestPort: number; hostPort: number | undefined }) =>
      api.machines.addForward({
        ...of,
        protocol,
        guestPort: input.guestPort,
        ...(input.hostPort !== undefined && { hostPort: input.hostPort }),
      }),
    {
      onDone: (_, { guestPort }) => {
        toast({ title: t('forwards.added', { port: guestPort }) });
        setGuest('');
        setHost('');
        setTried(false);
      },
    },
  );
  const guestPort = portOf(guest, 1);
  const hostPort = portOf(host, 1024);
  const taken = forwards.some((each) => each.hostPort === hostPort && each.protocol === protocol);
  const hostBad = host.trim() !== '' && hostPort === undefined;
  const submit = (): void => {
    setTried(true);
    if (guestPort !== undefined && !hostBad && !taken) void add.run({ guestPort, hostPort });
  };
  return (
    <form
      noValidate
      className={css.forwardForm}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <TextField
        label={t('forwards.guestPort')}
        value={guest}
        onChange={setGuest}
        inputMode="numeric"
        placeholder="22"
        error={
          (tried || guest !== '') && guestPort === undefined ? t('forwards.range') : add.problem?.fields?.['guestPort']
        }
      />
      <TextField
        label={t('forwards.hostPort')}
        value={host}
        onChange={setHost}
        inputMode="numeric"
        placeholder={t('forwards.any')}
        error={
          hostBad
            ? t('forwards.hostRange')
            : taken
              ? t('forwards.taken', { port: host.trim() })
              : add.problem?.fields?.['hostPort']
        }
      />
      <Select
        label={t('forwards.protocol')}
        value={protocol}
        onChange={setProtocol}
        options={[
          { value: 'TCP', label: 'TCP' },
          { value: 'UDP', label: 'UDP' },
        ]}
      />
      <Button type="submit" busy={add.busy} why={offer('machines.addForward')}>
        {t('forwards.add')}
      </Button>
      {add.problem && (
        <div className={css.wide}>
          <ProblemView problem={add.problem} compact />
        </div>
      )}
    </form>
  );
}
