import { useState } from 'react';
import type { ReactNode } from 'react';
import type { MachineCloudInit } from '../../../main/contract/cloud-init.ts';
import type { MachineDetail } from '../../../main/contract/machine.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.tsx';
import { imageOf } from '../machine/facts.ts';
import { CloudEditor } from './cloud-editor.tsx';
import type { CloudData } from './cloud-editor.tsx';
import css from './cloud-init.module.css';
import { FirstBootCard } from './first-boot.tsx';
import { t } from './text.ts';
import { useCheck } from './use-check.ts';

/** What the guest was told at its first start, what it said of it, and how to tell it again. */
export function GuestTab({ detail }: { detail: MachineDetail }): ReactNode {
  const of = { namespace: detail.row.namespace, name: detail.row.name };
  const data = useCall(['cloud-init', of.namespace, of.name], (api) => api.cloudInit.read(of), { staleMs: 0 });
  return (
    <div className={css.editor}>
      <FirstBootCard of={of} />
      <Card
        title={t('data')}
        actions={data.value && data.value.type !== 'none' && <RunAgain of={of} onDone={data.again} />}
      >
        {data.value ? (
          // Another content is another editor.
          <Data key={data.value.version} of={of} detail={detail} data={data.value} onWritten={data.again} />
        ) : data.problem ? (
          <ProblemView problem={data.problem} />
        ) : (
          <Skeleton height="block" />
        )}
      </Card>
    </div>
  );
}

function Data({
  of,
  detail,
  data,
  onWritten,
}: {
  of: ObjectRef;
  detail: MachineDetail;
  data: MachineCloudInit;
  onWritten: () => void;
}): ReactNode {
  // prettier-ignore
  const before: CloudData = { userData: data.userData, networkData: data.networkData };
  const offer = useOffer();
  const [value, setValue] = useState(before);
  const [macs, setMacs] = useState<Record<string, string>>({});
  const nics = data.nics.map((nic) => ({ ...nic, ...(macs[nic.name] && { mac: macs[nic.name] as string }) }));
  const known = nics.flatMap(({ mac, current }) => [mac, current].filter((each) => each !== undefined));
  const [namespace, name] = imageOf(detail)?.split('/') ?? [];
  const image = namespace && name ? { namespace, name } : undefined;
  const checked = useCheck(value.userData, value.networkData, { namespace: of.namespace, machine: of.name, image, macs: known }); // prettier-ignore
  const save = useAction(
    (api, next: CloudData) => api.cloudInit.write({ ...of, ...next, version: data.version, macs }),
    {
      onDone: () => {
        toast({ title: t('saved'), detail: t('saved.detail') });
        onWritten();
      },
    },
  );
  const changed = value.userData !== before.userData || value.networkData !== before.networkData || Object.keys(macs).length > 0; // prettier-ignore
  const errors = [...(checked.check?.userData ?? []), ...(checked.check?.networkData ?? [])].filter(({ severity }) => severity === 'error').length; // prettier-ignore
  const why = offer('cloudInit.write') ?? (!changed ? t('save.same') : checked.checking ? t('save.checking') : errors > 0 ? t('save.errors', { n: errors }) : undefined); // prettier-ignore
  return (
    <div className={css.editor}>
      <p className={css.note}>{t(data.type === 'none' ? 'data.none' : 'data.when')}</p>
      {data.missing !== undefined && <Banner tone="problem" title={data.missing} />}
      {data.secrets.length > 0 && <p className={css.note}>{t('data.secret', { name: data.secrets.join(', ') })}</p>}
      <CloudEditor
        value={value}
        onChange={setValue}
        nics={nics}
        onMac={(card, mac) => setMacs((now) => ({ ...now, [card]: mac }))}
        checked={checked}
      />{' '}
      {/* prettier-ignore */}
      {Object.keys(macs).length > 0 && <Banner tone="note" title={t('data.macs')} />}
      {save.problem && <ProblemView problem={save.problem} compact />}
      <div className={css.between}>
        <Button
          tone="quiet"
          why={changed ? undefined : t('save.same')}
          onClick={() => {
            setValue(before);
            setMacs({});
          }}
        >
          {' '}
          {/* prettier-ignore */}
          {t('revert')}
        </Button>
        <Button tone="primary" busy={save.busy} why={why} onClick={() => void save.run(value)}>
          {t('save')}
        </Button>
      </div>
    </div>
  );
}

/** A new instance id: the next start is a first one again. */
function RunAgain({ of, onDone }: { of: ObjectRef; onDone: () => void }): ReactNode {
  const offer = useOffer();
  const [asking, setAsking] = useState(false);
  const again = useAction((api, _input: undefined) => api.cloudInit.runAgain(of), {
    onDone: ({ restartNeeded }) => {
      setAsking(false);
      toast({ title: t('again.done'), detail: t(restartNeeded ? 'again.restart' : 'again.start') });
      onDone();
    },
  });
  return (
    <>
      <Button size="small" why={offer('cloudInit.runAgain')} onClick={() => setAsking(true)}>
        {t('again')}
      </Button>
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => void again.run(undefined)}
        title={t('again.title', { name: of.name })}
        confirmLabel={t('again.confirm')}
        busy={again.busy}
        problem={again.problem}
      >
        {' '}
        {/* prettier-ignore */}
        <p>{t('again.text')}</p>
        <p className={css.note}>{t('again.effects')}</p>
      </ConfirmDialog>
    </>
  );
}
