import type { ReactNode } from 'react';
import type { MachineDetail, MachineInterface } from '../../../main/contract/machine.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Card } from '../../ui/card.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { ExternalIcon, TrashIcon } from '../../ui/icons.tsx';
import { StatusDot } from '../../ui/status.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { MachineNics } from '../networks/machine-nics.tsx';
import { ForwardForm } from './forward-form.tsx';
import css from './machine.module.css';
import { t } from './text.ts';

type Forward = MachineInterface['forwards'][number];

/** Interfaces, and the ports of this computer that lead to them. */
export function NetworkTab({ detail }: { detail: MachineDetail }): ReactNode {
  const { interfaces, row } = detail;
  const forwards = interfaces.flatMap((nic) => nic.forwards);
  const of = { namespace: row.namespace, name: row.name };
  return (
    <div className={css.stack}>
      {interfaces.length === 0 && <p className={css.muted}>{t('net.none')}</p>}
      <MachineNics detail={detail} />
      {interfaces.length > 0 && (
        <Card title={t('forwards.title')}>
          <p className={css.muted}>{t('forwards.text')}</p>
          {forwards.length === 0 ? (
            <p>{t('forwards.none')}</p>
          ) : (
            <ul className={css.forwards}>
              {forwards.map((forward) => (
                <ForwardRow
                  key={`${forward.service} ${forward.protocol} ${forward.guestPort}`}
                  of={of}
                  forward={forward}
                />
              ))}
            </ul>
          )}
          <ForwardForm of={of} forwards={forwards} />
        </Card>
      )}
    </div>
  );
}

function ForwardRow({ of, forward }: { of: { namespace: string; name: string }; forward: Forward }): ReactNode {
  const offer = useOffer();
  const remove = useAction((api, service: string) => api.machines.removeForward({ ...of, service }), {
    onDone: () => toast({ title: t('forwards.removed', { port: forward.guestPort }) }),
    onProblem: toastProblem,
  });
  const here = `${forward.address || '127.0.0.1'}:${forward.hostPort}`;
  const web = forward.protocol === 'TCP' && [80, 443, 3000, 5000, 8000, 8080, 8443, 9090].includes(forward.guestPort);
  const scheme = [443, 8443].includes(forward.guestPort) ? 'https' : 'http';
  return (
    <li className={css.forward}>
      <StatusDot tone={forward.problem ? 'error' : 'ok'} />
      <span className={css.mono}>{here}</span>
      <span className={css.muted}>→</span>
      <span>
        {t('forwards.guestPort')} <span className={css.mono}>{forward.guestPort}</span>
        {forward.protocol !== 'TCP' && ` ${forward.protocol}`}
      </span>
      <span className={css.forwardActions}>
        <CopyButton text={here} />
        {web && !forward.problem && (
          <a className={css.open} href={`${scheme}://${here}/`} target="_blank" rel="noreferrer">
            {t('forwards.open')}
            <ExternalIcon />
          </a>
        )}
        <IconButton
          icon={TrashIcon}
          label={t('forwards.remove', { port: forward.guestPort })}
          busy={remove.busy}
          why={offer('machines.removeForward')}
          onClick={() => void remove.run(forward.service)}
        />
      </span>
      {forward.problem && <span className={css.bad}>{forward.problem}</span>}
    </li>
  );
}
