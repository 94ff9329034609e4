import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { target, useLive } from '../../lib/resources.ts';
import { useCall } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { PlusIcon, TrashIcon } from '../../ui/icons.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { portOf } from '../machine/ports.ts';
import css from './create.module.css';
import type { Draft } from './draft.ts';
import { t } from './text.ts';
import type { Form } from './use-create.ts';

type Forward = Draft['forwards'][number];

/** Ports of this computer that lead to the machine. */
export function ForwardsPart({ form }: { form: Form }): ReactNode {
  const { draft, set } = form;
  const { forwards } = draft;
  const why = useOffer()('machines.create:forwards');
  const add = (guestPort: string): void =>
    set({ forwards: [...forwards, { guestPort, hostPort: '', protocol: 'TCP' }] });
  const has = (port: string): boolean => forwards.some((forward) => forward.guestPort === port);
  return (
    <>
      <h3>{t('network.forwards')}</h3>
      <p className={css.note}>{t('network.forwards.text')}</p>
      {forwards.map((forward, at) => (
        // oxlint-disable-next-line no-array-index-key -- a forward has no other name
        <ForwardRow key={at} form={form} forward={forward} at={at} />
      ))}
      <div className={css.under}>
        {!has('22') && (
          <Button size="small" icon={PlusIcon} why={why} onClick={() => add('22')}>
            {t('network.ssh')}
          </Button>
        )}
        {!has('80') && (
          <Button size="small" icon={PlusIcon} why={why} onClick={() => add('80')}>
            {t('network.http')}
          </Button>
        )}
        <Button size="small" icon={PlusIcon} why={why} onClick={() => add('')}>
          {t('network.add')}
        </Button>
      </div>
    </>
  );
}

function ForwardRow({ form, forward, at }: { form: Form; forward: Forward; at: number }): ReactNode {
  const { forwards } = form.draft;
  const change = (part: Partial<Forward>): void =>
    form.set({ forwards: forwards.map((each, n) => (n === at ? { ...each, ...part } : each)) });
  const holder = useHolder(forward);
  const path = `network.forwards.${at}`;
  return (
    <div className={css.row}>
      <TextField
        label={t('network.guestPort')}
        inputMode="numeric"
        value={forward.guestPort}
        onChange={(guestPort) => change({ guestPort })}
        onBlur={() => form.touch(`${path}.guestPort`)}
        error={form.error(`${path}.guestPort`)}
      />
      <TextField
        label={t('network.hostPort')}
        inputMode="numeric"
        placeholder={t('network.any')}
        value={forward.hostPort}
        onChange={(hostPort) => change({ hostPort })}
        onBlur={() => form.touch(`${path}.hostPort`)}
        error={
          form.error(`${path}.hostPort`) ??
          form.error('network.forwards') ??
          (holder && t('network.taken', { port: forward.hostPort.trim(), holder }))
        }
      />
      <Select
        label={t('network.protocol')}
        value={forward.protocol}
        onChange={(protocol) => change({ protocol })}
        options={[
          { value: 'TCP', label: 'TCP' },
          { value: 'UDP', label: 'UDP' },
        ]}
      />
      <IconButton
        icon={TrashIcon}
        label={t('network.remove', { port: forward.guestPort })}
        onClick={() => form.set({ forwards: forwards.filter((_, each) => each !== at) })}
      />
    </div>
  );
}

const quietMs = 300;
/** Who has the port already, before anything is made; undefined where nobody has it or nobody knows. */
function useHolder({ hostPort: typed, protocol }: Forward): string | undefined {
  const place = useLive(target).value?.id;
  const [port, setPort] = useState<number>();
  useEffect(() => {
    const timer = setTimeout(() => setPort(portOf(typed, 1024)), quietMs);
    return () => clearTimeout(timer);
  }, [typed]);
  const asked = useCall(
    ['port-holder', place, port, protocol],
    (api, signal) => api.networks.portHolder({ hostPort: port ?? 0, protocol }, { signal }),
    { enabled: port !== undefined, staleMs: 5000 },
  );
  return port !== undefined && port === portOf(typed, 1024) && asked.value?.free === false
    ? (asked.value.holder ?? '?')
    : undefined;
}
