import type { Appliance } from '../../../main/contract/appliance.ts';
import { Card } from '../../ui/card.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import { BundleButton } from '../install/bundle-dialog.tsx';
import { inUse } from './view.ts';
import { t } from './text.ts';

/** How it was installed. Most of it is fixed from then on. */
export function SettingsCard({ row: { settings, place, versions } }: { row: Appliance }) {
  const items = [
    { label: t('set.place'), value: place },
    { label: t('set.mode'), value: t(`set.${settings.mode}`) },
    { label: t('set.node'), value: settings.nodeName, mono: true },
    settings.address && { label: t('set.address'), value: settings.address, mono: true },
    { label: t('set.storage'), value: t(`set.${settings.storage}`) },
    { label: t('set.volumes'), value: settings.volumes, mono: true, copy: settings.volumes },
    { label: t('set.pods'), value: settings.clusterCidr, mono: true },
    { label: t('set.services'), value: settings.serviceCidr, mono: true },
    { label: t('set.accelerator'), value: t(`set.${settings.accelerator}`) },
  ].filter((item) => typeof item === 'object');
  return (
    <Card title={t('set')} actions={<BundleButton settings={inUse(settings, versions)} />}>
      <KeyValue items={items} />
    </Card>
  );
}
