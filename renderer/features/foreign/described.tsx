import { useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { FirstStartReason } from '../../../main/contract/first-start.ts';
import type { ForeignPreview } from '../../../main/contract/foreign.ts';
import { bytes } from '../../lib/format.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Fold, Folds } from '../../ui/fold.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import type { KeyValueItem } from '../../ui/key-value.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { draftFrom } from '../create/described.ts';
import { keepDraft } from '../create/keep.ts';
import { Findings } from '../inside/findings.tsx';
import css from './foreign.module.css';
import { t } from './text.ts';

interface Props {
  found: ForeignPreview;
  busy: boolean;
  onLookAgain: () => void;
  onOther: () => void;
}

/** What is described, what of it this machine will not have, and the manifest. Nothing is made before the form's own button. */
export function Described({ found, busy, onLookAgain, onOther }: Props): ReactNode {
  const { machine, preview } = found;
  const [, go] = useLocation();
  const [open, setOpen] = useState(false);
  const lack = useOffer()('machines.create');
  const missing = found.disks.filter(({ image }) => image === undefined);
  return (
    <>
      <Card title={t('described', { name: machine.name })}>
        <div className={css.form}>
          {found.inside && <Findings inside={found.inside} without={machine.kind === 'disks' ? [] : hardwareReasons} />}
          <KeyValue items={facts(found)} />
          <h3>{t('disks')}</h3>
          {machine.disks.length === 0 ? <p>{t('disks.none')}</p> : <Disks found={found} />}
          {missing.length > 0 && (
            <Banner
              tone="warning"
              title={t('missing', { n: missing.length })}
              actions={
                <>
                  <Button size="small" to="/images">
                    {t('images')}
                  </Button>
                  <Button size="small" busy={busy} onClick={onLookAgain}>
                    {t('again')}
                  </Button>
                </>
              }
            >
              {t('missing.detail')}
            </Banner>
          )}
          <div className={css.actions}>
            <Button
              tone="primary"
              why={lack}
              onClick={() => {
                keepDraft(sessionStorage, draftFrom(found));
                go('/machines/new');
              }}
            >
              {t('create')}
            </Button>
            <Button onClick={onOther}>{t('other')}</Button>
          </div>
        </div>
      </Card>
      <Card title={t('left')}>
        {machine.left.length === 0 ? (
          <p>{t('left.none')}</p>
        ) : (
          <dl className={css.left} lang="en">
            {machine.left.map(({ what, why }) => (
              <div key={what}>
                <dt>{what}</dt>
                <dd>{why}</dd>
              </div>
            ))}
          </dl>
        )}
      </Card>
      <Card title={t('manifest')}>
        <div className={css.form}>
          {preview.problem ? (
            <ProblemView problem={preview.problem} compact />
          ) : (
            <Banner tone="ok" title={t('manifest.ok')} />
          )}
          <Folds>
            <Fold title={t('manifest.show')} open={open} onOpen={setOpen}>
              <CodeBlock text={preview.yaml} />
            </Fold>
          </Folds>
        </div>
      </Card>
    </>
  );
}

/** A machine that somebody describes keeps the disks and cards that it had, as near as can be. */
const hardwareReasons: FirstStartReason[] = ['windows-sata', 'windows-virtio', 'linux-virtio', 'linux-sata', 'unknown-sata', 'windows-11']; // prettier-ignore

function facts({ machine, input }: ForeignPreview): KeyValueItem[] {
  const { sockets, cores, threads } = machine.cpus;
  const firmware = machine.firmware === 'bios' ? 'BIOS' : machine.secureBoot ? t('firmware.secure') : 'UEFI';
  const rows: (KeyValueItem | undefined)[] = [
    { label: t('by'), value: t(`by.${machine.kind}`) },
    { label: t('name'), value: input.name },
    machine.description === undefined ? undefined : { label: t('description'), value: machine.description },
    machine.os.name === '' ? undefined : { label: t('os'), value: machine.os.name },
    { label: t('cpus'), value: t('cpus.value', { n: sockets * cores * threads, sockets, cores, threads }) },
    { label: t('memory'), value: bytes(machine.memory) },
    { label: t('firmware'), value: firmware },
    { label: t('tpm'), value: t(machine.tpm ? 'tpm.yes' : 'tpm.no') },
    ...machine.nics.map(({ slot, was, model, mac, network }) => ({
      label: t('nic', { slot }),
      value: [network, was === model || was === 'none' ? model : `${was} → ${model}`, mac].filter(Boolean).join(', '),
    })),
    ...machine.cds.map(({ slot, file }) => ({ label: t('cd', { slot }), value: file ?? t('cd.empty') })),
  ];
  return rows.filter((row) => row !== undefined);
}

function Disks({ found: { machine, disks } }: { found: ForeignPreview }): ReactNode {
  const rows = machine.disks.toSorted((one, other) => (one.bootOrder ?? 99) - (other.bootOrder ?? 99));
  return (
    <ol className={css.disks}>
      {rows.map((disk) => {
        const image = disks.find(({ slot }) => slot === disk.slot)?.image;
        const about = [disk.size === undefined ? undefined : bytes(disk.size), disk.format, disk.was === disk.bus ? disk.bus : `${disk.was} → ${disk.bus}`]; // prettier-ignore
        return (
          <li key={disk.slot}>
            <span className={css.name}>{`${disk.slot}: ${disk.found ?? disk.file ?? t('disk.noFile')}`}</span>
            <span className={css.quiet}>{about.filter(Boolean).join(', ')}</span>
            <span>{image ? t('disk.here', { name: image.name }) : t(disk.usable ? 'disk.add' : 'disk.not')}</span>
            {disk.why !== undefined && !image && <span lang="en">{disk.why}</span>}
          </li>
        );
      })}
    </ol>
  );
}
