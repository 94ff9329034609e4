import { useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { FirstStartReason } from '../../../main/contract/first-start.ts';
import type { ApplianceHardware, ImportPreview, TransferSource } from '../../../main/contract/transfer.ts';
import { bytes, dateTime } from '../../lib/format.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import { Cards } from './cards.tsx';
import { Findings } from '../inside/findings.tsx';
import { HardwarePart } from './hardware-part.tsx';
import { isName } from '../snapshots/lines.ts';
import { t } from './text.ts';
import css from './transfer.module.css';

interface Props {
  source: TransferSource;
  preview: ImportPreview;
  /** Of an appliance: where a person leads its networks. */
  networks: Readonly<Record<string, string>>;
  onNetworks: (networks: Record<string, string>) => void;
  /** Of an appliance: what a person chose of its hardware. */
  hardware: ApplianceHardware;
  onHardware: (hardware: ApplianceHardware) => void;
  onAgain: () => void;
}

/** Linux keeps the disks and cards of its description until somebody chooses others. */
const notHere: FirstStartReason[] = ['windows-virtio', 'linux-virtio', 'linux-sata', 'unknown-sata'];

/** What a file holds, and what is to become of it here. Nothing is made before the button. */
export function Inside({ source, preview, networks, onNetworks, hardware, onHardware, onAgain }: Props): ReactNode {
  const offer = useOffer();
  const [, go] = useLocation();
  const [name, setName] = useState(preview.freeName);
  const [identity, setIdentity] = useState<'new' | 'same'>('new');
  const [start, setStart] = useState(false);
  const taken = name === preview.name && preview.freeName !== preview.name;
  const bad = !isName(name) ? t('clone.nameBad') : taken ? t('import.nameTaken', { name }) : undefined;
  const run = useAction((api) => api.transfer.import({ source, name, identity, start, networks, hardware }), {
    onDone: () => {
      toast({ title: t('import.began') });
      go('/machines');
    },
  });
  const { cpus, memory, instancetype, appliance } = preview;
  const about = [cpus === undefined ? undefined : t('import.cpus', { n: cpus }), memory, instancetype];
  return (
    <Card title={t('import.inside')}>
      <div className={css.form}>
        <KeyValue
          items={[
            { label: t('import.was'), value: preview.name },
            !appliance && {
              label: t('import.made'),
              value: t('import.madeBy', { at: dateTime(preview.made), by: preview.by }),
            },
            { label: t('import.size'), value: bytes(preview.size) },
            { label: t('import.hardware'), value: about.filter(Boolean).join(', ') },
            appliance && { label: t('import.firmware'), value: appliance.uefi ? 'UEFI' : 'BIOS' },
            ...preview.disks.map((disk, at) => ({
              label: t('import.disk', { name: disk.name }),
              value: [
                t('import.diskSize', { size: bytes(disk.size), stored: bytes(disk.stored) }),
                appliance?.buses[at],
              ]
                .filter(Boolean)
                .join(', '),
            })),
            { label: t('import.networks'), value: preview.networks.join(', ') },
            { label: t('import.cloudInit'), value: t(preview.cloudInit ? 'import.yes' : 'import.no') },
            ...(preview.description ? [{ label: t('import.description'), value: preview.description }] : []),
          ].filter((item) => typeof item === 'object')}
        />
        {appliance?.inside && (
          <Findings
            inside={appliance.inside}
            without={appliance.hardware.drivers === 'virtio' ? [...notHere, 'windows-sata'] : notHere}
          />
        )}
        {appliance && (
          <HardwarePart now={appliance.hardware} onChange={(part) => onHardware({ ...hardware, ...part })} />
        )}
        {appliance && <Cards cards={appliance.networks} networks={networks} onNetworks={onNetworks} />}
        {preview.notes.length > 0 && (
          <Banner tone="warning" title={t('import.notes')}>
            <ul className={css.list}>
              {preview.notes.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          </Banner>
        )}
        {preview.refused !== undefined && (
          <Banner tone="problem" title={t('import.refused')}>
            {preview.refused}
          </Banner>
        )}
        <TextField
          label={t('import.name')}
          hint={preview.freeName === preview.name ? undefined : t('import.taken', { name: preview.name })}
          value={name}
          onChange={setName}
          error={bad}
          maxLength={63}
        />
        <RadioCards
          label={t('import.identity')}
          value={identity}
          onChange={setIdentity}
          columns={2}
          options={[
            { value: 'new', title: t('import.newIdentity'), detail: t('import.newIdentityDetail') },
            { value: 'same', title: t('import.sameIdentity'), detail: t('import.sameIdentityDetail') },
          ]}
        />
        <Checkbox label={t('import.start')} checked={start} onChange={setStart} />
        {run.problem && <ProblemView problem={run.problem} compact />}
        <div className={css.actions}>
          <Button
            tone="primary"
            busy={run.busy}
            why={offer('transfer.import') ?? preview.refused ?? bad}
            onClick={() => void run.run(undefined)}
          >
            {t('import.go')}
          </Button>
          <Button onClick={onAgain}>{t('import.again')}</Button>
        </div>
      </div>
    </Card>
  );
}
