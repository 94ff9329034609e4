import { useState } from 'react';
import type { ReactNode } from 'react';
import type { DeviceLoss, PciDevice, UsbDevice } from '../../../main/contract/devices.ts';
import { useCall } from '../../lib/use-call.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { RefreshIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import css from './devices.module.css';
import { PlanDialog } from './plan-dialog.tsx';
import { t } from './text.ts';

type Shown = { kind: 'pci' | 'usb'; id: string; name: string };

/** USB and PCI devices of this computer, with what it would lose. */
export function Devices(): ReactNode {
  const report = useCall(['devices'], (api, signal) => api.devices.list({}, { signal }), { staleMs: 0 });
  const [shown, setShown] = useState<Shown>();
  const value = report.value;
  const pci = value?.pci.filter(({ bridge }) => !bridge) ?? [];
  const bridges = (value?.pci.length ?? 0) - pci.length;
  const again = (
    <Button size="small" icon={RefreshIcon} busy={report.refreshing} onClick={report.again}>
      {t('again')}
    </Button>
  );
  return (
    <>
      {report.problem && <ProblemView problem={report.problem} actions={again} />}
      {report.loading && <Skeleton height="block" count={2} />}
      {value && (
        <>
          <p className={css.muted}>{t('intro')}</p>
          <Card title={t('usb')} actions={again} flush>
            {value.usb.length === 0 && <p className={css.pad}>{t('noUsb')}</p>}
            <ul aria-label={t('usb')}>
              {value.usb.map((device) => (
                <UsbRow key={device.id} device={device} onPlan={setShown} />
              ))}
            </ul>
          </Card>
          {value.iommu.groups === 0 && (
            <Banner tone="note" title={t('noIommu')}>
              {t('noIommu.text')}
            </Banner>
          )}
          <Card title={t('pci')} flush>
            {pci.length === 0 && <p className={css.pad}>{t('noPci')}</p>}
            <ul aria-label={t('pci')}>
              {pci.map((device) => (
                <PciRow key={device.address} device={device} onPlan={setShown} />
              ))}
            </ul>
            {bridges > 0 && <p className={`${css.pad} ${css.muted}`}>{t('bridges', { n: bridges })}</p>}
          </Card>
          {!value.names.pci && value.pci.length > 0 && (
            <p className={css.muted}>{t('noNames', { package: 'pci.ids (pciutils, hwdata)' })}</p>
          )}
        </>
      )}
      {shown && <PlanDialog {...shown} onClose={() => setShown(undefined)} />}
    </>
  );
}

function PciRow({ device, onPlan }: { device: PciDevice; onPlan: (shown: Shown) => void }): ReactNode {
  const { address, name, className, driver, group, ids, losses } = device;
  return (
    <Row
      name={name}
      second={[
        className,
        address,
        name !== ids && ids,
        driver && t('driver', { driver }),
        group === undefined ? t('noGroup') : t('group', { group }),
      ]}
      losses={losses}
      onPlan={() => onPlan({ kind: 'pci', id: address, name })}
    />
  );
}

function UsbRow({ device, onPlan }: { device: UsbDevice; onPlan: (shown: Shown) => void }): ReactNode {
  const { id, name, ids, serial, speed, accessible, losses } = device;
  return (
    <Row
      name={name}
      second={[id, name !== ids && ids, serial, speed !== undefined && `${speed} Mbit/s`, !accessible && t('closed')]}
      losses={losses}
      onPlan={() => onPlan({ kind: 'usb', id, name })}
    />
  );
}

function Row({ name, second, losses, onPlan }: { name: string; second: (string | false | undefined)[]; losses: readonly DeviceLoss[]; onPlan: () => void }): ReactNode {
  return (
    <li className={css.row}>
      <div className={css.words}>
        <div className={css.name}>{name}</div>
        <div className={css.second}>{second.filter(Boolean).join(' · ')}</div>
        <Losses losses={losses} />
      </div>
      <Button size="small" aria-label={t('plan.of', { name })} onClick={onPlan}>
        {t('plan')}
      </Button>
    </li>
  );
} // prettier-ignore

/** What this computer would lose; nothing is shown for nothing. */
export function Losses({ losses }: { losses: readonly DeviceLoss[] }): ReactNode {
  if (losses.length === 0) return null;
  return (
    <ul className={css.loses} aria-label={t('loses')}>
      {[...new Set(losses.map(({ text }) => text))].map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  );
}
