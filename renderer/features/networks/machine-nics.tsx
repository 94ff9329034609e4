import { useState } from 'react';
import type { MachineDetail, MachineInterface } from '../../../main/contract/machine.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { NetworkMember } from '../../../main/contract/networks.ts';
import { useAction } from '../../lib/use-call.ts';
import { useClock } from '../../lib/use-clock.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { usePatience } from '../../lib/use-patience.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { PlusIcon } from '../../ui/icons.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import css from './networks.module.css';
import { PlaceDialog, ReserveDialog, tellDone } from './nic-dialogs.tsx';
import { t } from './text.ts';
import { networkName, useNetworks } from './use-networks.ts';

type Open = { what: 'add' } | { what: 'move' | 'reserve'; nic: string } | undefined;
interface Spec {
  template?: { spec?: { domain?: { devices?: { interfaces?: { name: string; state?: string }[] } } } };
}

/** The interfaces of one machine: where each is, and what can be done with it. */
export function MachineNics({ detail }: { detail: MachineDetail }) {
  const of: ObjectRef = { namespace: detail.row.namespace, name: detail.row.name };
  const { items: rows, state } = useNetworks();
  const [open, setOpen] = useState<Open>();
  const offer = useOffer();
  const mine = rows.flatMap((row) =>
    row.members
      .filter(({ namespace, machine }) => namespace === of.namespace && machine === of.name)
      .map((member) => ({ row, member })),
  );
  const placeOf = (nic: string) => mine.find(({ member }) => member.interface === nic);
  const states = new Map((detail.vm.spec as Spec).template?.spec?.domain?.devices?.interfaces?.map((nic) => [nic.name, nic.state])); // prettier-ignore
  // The pod network takes one interface, a private one as many as one likes.
  const onPod = mine.filter(({ row }) => row.id === 'pod').map(({ row }) => row.id);
  // Without another network there is none to add: what helps is one more.
  const full = rows.every((row) => onPod.includes(row.id)) ? offer('networks.create') : undefined;
  const nicOpen = open && 'nic' in open ? open.nic : undefined;
  const here = nicOpen === undefined ? undefined : placeOf(nicOpen);
  const running = detail.row.tone === 'running';
  const close = () => setOpen(undefined);
  // A move that is about to be taken back stands above all.
  if (usePatience(state === 'loading')) return <Skeleton height="block" count={2} />;
  return (
    <div className={css.stack}>
      {mine.map(({ member }) => member.rollBack && <RollBackBanner key={member.interface} of={of} member={member} />)}
      {detail.interfaces.map((nic) => (
        <NicCard
          key={nic.name}
          of={of}
          nic={nic}
          network={placeOf(nic.name) ? networkName(placeOf(nic.name)!.row) : nic.network}
          member={placeOf(nic.name)?.member}
          state={states.get(nic.name)}
          onOpen={(what) => setOpen({ what, nic: nic.name })}
        />
      ))}
      <div className={css.row}>
        <Button icon={PlusIcon} why={offer('networks.attach') ?? full} onClick={() => setOpen({ what: 'add' })}>
          {t('nic.attach')}
        </Button>
      </div>
      {open?.what === 'add' && <PlaceDialog of={of} now={onPod} running={running} onClose={close} />}
      {open?.what === 'move' && (
        <PlaceDialog
          of={of}
          nic={open.nic}
          running={running}
          now={[...new Set([...(here ? [here.row.id] : []), ...onPod])]}
          onClose={close}
        />
      )}
      {open?.what === 'reserve' && (
        <ReserveDialog of={of} nic={open.nic} reserved={here?.member.reserved} onClose={close} />
      )}
    </div>
  );
}

interface NicProps {
  of: ObjectRef;
  nic: MachineInterface;
  network: string;
  member: NetworkMember | undefined;
  state: string | undefined;
  onOpen: (what: 'move' | 'reserve') => void;
}

function NicCard({ of, nic, network, member, state, onOpen }: NicProps) {
  const offer = useOffer();
  const link = useAction((api, up: boolean) => api.networks.setLink({ ...of, interface: nic.name, up }), {
    onProblem: toastProblem,
  });
  const detach = useAction((api) => api.networks.detach({ ...of, interface: nic.name }), {
    onProblem: toastProblem,
    onDone: (effect) => tellDone(t('nic.detach'), effect),
  });
  const note = state === 'down' ? t('nic.unplugged') : state === 'absent' ? t('nic.leaving') : undefined;
  return (
    <Card
      title={note ? `${nic.name} (${note})` : nic.name}
      actions={
        <Menu
          label={t('nic.more', { name: nic.name })}
          items={[
            { label: t('nic.move'), why: offer('networks.move'), onSelect: () => onOpen('move') },
            { label: t('nic.reserve'), why: offer('networks.reserve'), onSelect: () => onOpen('reserve') },
            state === 'down'
              ? { label: t('nic.up'), why: offer('networks.setLink'), onSelect: () => void link.run(true) }
              : { label: t('nic.down'), why: offer('networks.setLink'), onSelect: () => void link.run(false) },
            'separator',
            {
              label: t('nic.detach'),
              danger: true,
              why: offer('networks.detach'),
              onSelect: () => void detach.run(undefined),
            },
          ]}
        />
      }
    >
      <KeyValue
        columns={2}
        items={[
          { label: t('nic.network'), value: network },
          {
            label: t('nic.addresses'),
            value: nic.addresses.join(', ') || t('nic.noAddress'),
            mono: nic.addresses.length > 0,
            ...(nic.addresses[0] !== undefined && { copy: nic.addresses[0] }),
          },
          { label: t('nic.mac'), value: nic.mac ?? member?.mac ?? '–', mono: true },
          ...(member?.names.length ? [{ label: t('nic.names'), value: member.names.join(', ') }] : []),
          ...(member?.reserved ? [{ label: t('nic.reserved'), value: member.reserved, mono: true }] : []),
        ]}
      />
    </Card>
  );
}

/** Counts down until a move is taken back. The backend does it, whether or not anybody looks. */
function RollBackBanner({ of, member }: { of: ObjectRef; member: NetworkMember }) {
  const now = useClock(true);
  const offer = useOffer();
  const name = member.interface;
  const act = { onProblem: toastProblem };
  const keep = useAction((api) => api.networks.confirmMove({ ...of, interface: name }), { ...act, onDone: () => toast({ title: t('back.kept', { name }) }) }); // prettier-ignore
  const back = useAction((api) => api.networks.rollBack({ ...of, interface: name }), { ...act, onDone: (effect) => tellDone(t('back.taken', { name }), effect) }); // prettier-ignore
  if (!member.rollBack) return null;
  const left = Math.ceil((Date.parse(member.rollBack.until) - now) / 1000);
  const before = member.rollBack.network === 'pod' ? t('pod') : member.rollBack.network;
  return (
    <Banner
      tone="warning"
      title={left > 0 ? t('back.title', { name, n: left }) : t('back.now', { name })}
      actions={
        <div className={css.row}>
          <Button
            tone="primary"
            busy={keep.busy}
            why={offer('networks.confirmMove')}
            onClick={() => void keep.run(undefined)}
          >
            {t('back.keep')}
          </Button>
          <Button busy={back.busy} why={offer('networks.rollBack')} onClick={() => void back.run(undefined)}>
            {t('back.take')}
          </Button>
        </div>
      }
    >
      {t('back.text', { network: before })}
    </Banner>
  );
}
