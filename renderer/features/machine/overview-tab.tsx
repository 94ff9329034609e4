import type { ReactNode } from 'react';
import type { MachineDetail } from '../../../main/contract/machine.ts';
import { bytes, dateTime } from '../../lib/format.ts';
import { images, useList } from '../../lib/resources.ts';
import { Card } from '../../ui/card.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import { Meter } from '../../ui/meter.tsx';
import { loginOf } from '../create/logins.ts';
import { MachineGraphs } from '../graphs/machine-graphs.tsx';
import { OrganiseCard } from '../organise/organise-card.tsx';
import { imageOf, sshCommand, strategyOf } from './facts.ts';
import css from './machine.module.css';
import { t } from './text.ts';

/** State, guest and figures at a glance. */
export function OverviewTab({ detail }: { detail: MachineDetail }): ReactNode {
  const { row } = detail;
  const strategy = strategyOf(detail);
  const description = detail.vm.metadata.annotations?.['description'];
  const items = [
    description && { label: t('description'), value: description },
    {
      label: t('size'),
      value: [t('sizeOf', { cpus: row.cpus, memory: bytes(row.memory) }), row.instancetype].filter(Boolean).join(' · '),
    },
    {
      label: t('addresses'),
      mono: row.addresses.length > 0,
      value: row.addresses.length > 0 ? row.addresses.join(', ') : t('address.none'),
      ...(row.addresses[0] !== undefined && { copy: row.addresses[0] }),
    },
    row.accelerator && {
      label: t('accelerator'),
      value:
        row.accelerator === 'kvm' || row.accelerator === 'tcg' ? t(`accelerator.${row.accelerator}`) : row.accelerator,
    },
    strategy && { label: t('strategy'), value: t(`strategy.${strategy}`) },
    row.startedAt && { label: t('started'), value: dateTime(row.startedAt) },
    { label: t('created'), value: dateTime(row.createdAt) },
    { label: t('namespace'), value: row.namespace, mono: true },
  ].filter((item) => typeof item === 'object');
  return (
    <div className={css.overview}>
      <div className={css.cards}>
        <Card title={t('machine')}>
          <KeyValue items={items} />
        </Card>
        <div className={css.stack}>
          <Login detail={detail} />
          <Guest detail={detail} />
          <OrganiseCard detail={detail} />
        </div>
      </div>
      <MachineGraphs of={{ namespace: row.namespace, name: row.name }} row={row} />
    </div>
  );
}

function Guest({ detail: { guest, row } }: { detail: MachineDetail }): ReactNode {
  if (!guest || row.tone === 'stopped')
    return (
      <Card title={t('guest')}>
        <p className={css.muted}>{t(row.tone === 'running' ? 'guest.none' : 'guest.off')}</p>
      </Card>
    );
  const items = [
    guest.os && { label: t('guest.os'), value: guest.os },
    guest.kernel && { label: t('guest.kernel'), value: guest.kernel, mono: true },
    guest.hostname && { label: t('guest.hostname'), value: guest.hostname, mono: true, copy: guest.hostname },
    { label: t('guest.users'), value: guest.users.join(', ') || t('guest.nobody') },
    guest.agentVersion && { label: t('guest.agent'), value: guest.agentVersion },
  ].filter((item) => typeof item === 'object');
  return (
    <Card title={t('guest')}>
      <div className={css.tight}>
        <KeyValue items={items} />
        {guest.fileSystems.map((system) => (
          <Meter
            key={system.mountPoint}
            label={system.mountPoint}
            value={system.used}
            max={system.total}
            text={t('fs.use', { used: bytes(system.used), total: bytes(system.total) })}
            detail={`${system.type} · ${system.disk}`}
          />
        ))}
      </div>
    </Card>
  );
}

function Login({ detail }: { detail: MachineDetail }): ReactNode {
  const library = useList(images);
  const image = imageOf(detail);
  // Made in this window: known for sure. Else the image's own user, as far as the image is still in the library.
  const user =
    loginOf(detail.row.namespace, detail.row.name)?.user ??
    library.items.find((row) => `${row.namespace}/${row.name}` === image)?.defaultUser;
  const ssh = sshCommand(detail, user ?? 'USER');
  return (
    <Card title={t('login')}>
      <div className={css.tight}>
        <KeyValue
          items={[
            user === undefined
              ? { label: t('login.user'), value: t('login.unknown') }
              : { label: t('login.user'), value: user, mono: true, copy: user },
          ]}
        />
        {ssh ? <CodeBlock text={ssh} label={t('login.ssh')} /> : <p className={css.muted}>{t('login.hint')}</p>}
      </div>
    </Card>
  );
}
