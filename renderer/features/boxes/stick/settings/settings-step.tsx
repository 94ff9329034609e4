import { useState } from 'react';
import { Fold, Folds } from '../../../../ui/fold.tsx';
import { NetworkFields } from '../../network-fields.tsx';
import type { StickDraft } from '../draft.ts';
import { Step } from '../step.tsx';
import { t } from '../text.ts';
import { BringPart } from './bring-part.tsx';
import { DiskPart } from './disk-part.tsx';
import { InstallPart } from './install-part.tsx';
import { NamePart } from './name-part.tsx';
import type { PartProps } from './part.ts';
import { ProxyPart } from './proxy-part.tsx';
import { SshPart } from './ssh-part.tsx';
import { TrustPart } from './trust-part.tsx';

const parts = ['name', 'disk', 'network', 'install', 'trust', 'ssh', 'bring', 'proxy'] as const;
type Part = (typeof parts)[number];
/** Which fields stand in which part. */
const roots: Record<Part, readonly string[]> = {
  name: ['hostName', 'keyboard', 'timeZone', 'language'],
  disk: ['disk', 'mode'],
  network: ['network'],
  install: ['appliance'],
  trust: [],
  ssh: ['sshKeys'],
  bring: ['bring'],
  proxy: ['proxy', 'ca'],
};

/** What the box is told. All of it has a value that works. */
export function SettingsStep({ draft, set, fields }: PartProps) {
  const [open, setOpen] = useState<ReadonlySet<Part>>(new Set(['name', 'disk']));
  const below = Object.fromEntries(
    Object.entries(fields)
      .filter(([key]) => key.startsWith('network.'))
      .map(([key, message]) => [key.slice('network.'.length), message]),
  );
  const body: Record<Part, React.ReactNode> = {
    name: <NamePart draft={draft} set={set} fields={fields} />,
    disk: <DiskPart draft={draft} set={set} fields={fields} />,
    network: (
      <NetworkFields
        draft={draft.network}
        onChange={(part) => set({ network: { ...draft.network, ...part } })}
        errors={below}
      />
    ),
    install: <InstallPart draft={draft} set={set} fields={fields} />,
    trust: <TrustPart draft={draft} set={set} fields={fields} />,
    ssh: <SshPart draft={draft} set={set} fields={fields} />,
    bring: <BringPart draft={draft} set={set} fields={fields} />,
    proxy: <ProxyPart draft={draft} set={set} fields={fields} />,
  };
  return (
    <Step n={3} title={t('settings')}>
      <Folds>
        {parts.map((part) => (
          <Fold
            key={part}
            title={t(`part.${part}`)}
            summary={summaryOf(part, draft)}
            problems={Object.keys(fields).filter((key) => roots[part].includes(key.split('.')[0] ?? '')).length}
            open={open.has(part)}
            onOpen={(on) =>
              setOpen((before) => new Set(on ? [...before, part] : [...before].filter((each) => each !== part)))
            }
          >
            {body[part]}
          </Fold>
        ))}
      </Folds>
    </Step>
  );
}

/** What is chosen in a part, in a few words. */
function summaryOf(part: Part, draft: StickDraft): string {
  const { network } = draft;
  switch (part) {
    case 'name':
      return `${draft.hostName}, ${draft.timeZone}`;
    case 'disk':
      return draft.mode === 'try' ? t('mode.try') : t(`rule.${draft.rule}`);
    case 'network':
      return [network.wifi ? t('sum.wifi', { ssid: network.ssid }) : t('sum.cable'), network.method === 'dhcp' ? t('sum.dhcp') : network.address].filter(Boolean).join(', '); // prettier-ignore
    case 'install':
      return draft.install ? t('sum.install') : t('sum.ask');
    case 'trust':
      return draft.enrol ? t('sum.enrol', { n: draft.days ?? 7 }) : t('sum.code');
    case 'ssh':
      return t('sum.keys', { n: draft.sshKeys.split('\n').filter((line) => line.trim() !== '').length });
    case 'bring':
      return t('sum.bring', { n: draft.images.length + draft.machines.length });
    case 'proxy':
      return draft.proxyHttp || draft.proxyHttps || draft.ca ? t('sum.proxy') : t('sum.none');
  }
}
