import type { ReactNode } from 'react';
import type { CloudInitNic } from '../../../main/contract/cloud-init.ts';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './cloud-init.module.css';
import { LinesField } from './lines-field.tsx';
import { applyNic, ensureDhcp, isRoute, newMac, readNic } from './network-form.ts';
import type { NicForm } from './network-form.ts';
import { t } from './text.ts';

interface Props {
  nics: readonly CloudInitNic[];
  text: string;
  onChange: (text: string) => void;
  /** A static address is matched by the MAC: it has to be fixed in the machine. */
  onMac: (name: string, mac: string) => void;
}

/** How each network card gets its address. */
export function NetworkPart({ nics, text, onChange, onMac }: Props): ReactNode {
  return (
    <div className={css.part}>
      {nics.map((nic) => (
        <Card
          key={nic.name}
          nic={nic}
          others={nics.filter((each) => each !== nic)}
          text={text}
          onChange={onChange}
          onMac={onMac}
        />
      ))}
      {nics.length === 0 && <p className={css.note}>{t('network.none')}</p>}
    </div>
  );
}

type CardProps = Omit<Props, 'nics'> & { nic: CloudInitNic; others: readonly CloudInitNic[] };
function Card({ nic, others, text, onChange, onMac }: CardProps): ReactNode {
  const mac = nic.mac ?? nic.current;
  const now = readNic(text, mac, nic.name);
  if (!now)
    return (
      <p className={css.note}>
        <b>{nic.name}</b>: {t('network.foreign')}
      </p>
    );
  const set = (change: Partial<NicForm>): void => {
    const fix = ({ name, mac: own, current }: CloudInitNic): string => {
      const fixed = own ?? current ?? newMac();
      if (own === undefined) onMac(name, fixed);
      return fixed;
    };
    const next = applyNic(text, fix(nic), nic.name, { ...now, ...change });
    // Where one card is set up here, cloud-init does nothing about the others by itself.
    onChange(next.trim() === '' ? next : others.reduce((all, other) => ensureDhcp(all, fix(other), other.name), next));
  };
  const guess = now.addresses.length > 0 ? now.addresses : ['192.168.50.10/24'];
  return (
    <fieldset className={css.item}>
      <legend className={css.legend}>
        {nic.name} · {nic.network === 'pod' ? t('network.pod') : nic.network}{' '}
        {mac && <span className={css.mono}>{mac}</span>}
      </legend>
      <RadioCards
        label={t('network.mode', { name: nic.name })}
        hideLabel
        columns={2}
        value={now.mode}
        onChange={(mode) => set(mode === 'static' ? { mode, addresses: guess } : { mode, addresses: [] })}
        options={[
          { value: 'dhcp' as const, title: t('network.dhcp'), detail: t('network.dhcp.detail') },
          { value: 'static' as const, title: t('network.static'), detail: t('network.static.detail') },
        ]}
      />
      {now.mode === 'static' && (
        <>
          {nic.network === 'pod' && <p className={css.note}>{t('network.podNote')}</p>}
          <div className={css.pair}>
            <LinesField
              label={t('network.addresses')}
              by="word"
              rows={1}
              value={now.addresses}
              onChange={(addresses) => addresses.length > 0 && set({ addresses })}
              hint={t('network.addresses.hint')}
            />{' '}
            {/* prettier-ignore */}
            <TextField label={t('network.gateway')} mono optional value={now.gateway} onChange={(gateway) => set({ gateway: gateway.trim() })} />{' '}
            {/* prettier-ignore */}
            <LinesField label={t('network.dns')} by="word" rows={1} value={now.dns} onChange={(dns) => set({ dns })} hint={t('network.dns.hint')} />{' '}
            {/* prettier-ignore */}
            <LinesField label={t('network.search')} by="word" rows={1} value={now.search} onChange={(search) => set({ search })} />{' '}
            {/* prettier-ignore */}
          </div>
          <RoutesField value={now.routes} onChange={(routes) => set({ routes })} />
        </>
      )}
    </fieldset>
  );
}

function RoutesField({
  value,
  onChange,
}: {
  value: readonly string[];
  onChange: (routes: string[]) => void;
}): ReactNode {
  return (
    <LinesField
      label={t('network.routes')}
      rows={1}
      value={value}
      onChange={(routes) => routes.every(isRoute) && onChange(routes)}
      hint={t('network.routes.hint')}
    />
  );
}
