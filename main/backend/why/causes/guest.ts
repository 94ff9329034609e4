import { pickList, pickNumber, pickText } from '../../target/pick.ts';
import { brokenCloudInit } from '../../cloud-init/verdict.ts';
import { cause, machinePage, page } from '../cause.ts';
import { conditionOf, nameOf, phaseOf, said } from '../sources.ts';
import type { WhySources } from '../sources.ts';

export const brokenSetUp = cause({
  id: 'cloud-init-broken',
  title: 'Its first set-up failed',
  tone: 'warning',
  evidence: ({ near, vmi }) => (phaseOf(vmi) === 'Running' ? brokenCloudInit(near?.boot) : undefined),
  explain: ({ says }, sources) => ({
    steps: [{ object: `Guest of ${nameOf(sources.vm)}`, says }],
    cures: [
      page('Edit cloud-init and run it again', machinePage(sources, 'guest')),
      page('Look at the console', machinePage(sources, 'console')),
    ],
  }),
});

interface Disk {
  name: string;
  order: number;
  disc: boolean;
}
const disksOf = ({ vm, vmi }: WhySources): Disk[] =>
  pickList(vmi ?? vm, 'spec', ...(vmi ? [] : ['template', 'spec']), 'domain', 'devices', 'disks').map((disk) => ({
    name: pickText(disk, 'name') ?? '',
    order: pickNumber(disk, 'bootOrder') ?? Number.POSITIVE_INFINITY,
    disc: disk['cdrom'] !== undefined,
  }));
/** Volumes that hold settings, not a system. */
const data = /^(cloudInit|sysprep|configMap|secret|serviceAccount|downwardAPI)/;
const bootable = (sources: WhySources, name: string): boolean =>
  !pickList(sources.vm, 'spec', 'template', 'spec', 'volumes').some(
    (volume) => volume['name'] === name && Object.keys(volume).some((key) => data.test(key)),
  );

/** The engine reads it off the screen; on a cluster nothing does. */
export const noSignOfLife = cause({
  id: 'no-sign-of-life',
  title: 'It found nothing to start from',
  tone: 'warning',
  evidence: ({ vmi }) => {
    const found = conditionOf(vmi, 'NoSignOfLife');
    return phaseOf(vmi) === 'Running' && found?.['status'] === 'True' && found['reason'] !== 'NoSignOfLife' ? found : undefined;
  },
  explain(found, sources) {
    const disks = disksOf(sources).filter(({ name }) => bootable(sources, name)).toSorted((a, b) => a.order - b.order);
    const [first, ...others] = disks;
    return {
      short: said(found),
      steps: [
        { object: `VirtualMachineInstance ${nameOf(sources.vm)}`, says: said(found) ?? 'Its firmware found no system.' },
        ...(first ? [{ object: `Disk ${first.name}`, says: disks.length > 1 ? 'It is tried first, and holds no system that this firmware can start.' : 'It is the only one, and holds no system that this firmware can start.' }] : [{ object: 'Disks', says: 'It has none that could hold a system.' }]),
      ],
      cures: [
        ...others.slice(0, 3).map(({ name }) => ({
          label: `Start from ${name}`,
          detail: 'It gets the first place, and the machine is restarted.',
          asks: 'The machine is switched off and on again.',
          action: { type: 'bootFrom' as const, disk: name },
        })),
        ...(first?.disc ? [{ label: `Take the disc out of ${first.name}`, detail: 'The machine is restarted without it.', asks: 'The machine is switched off and on again.', action: { type: 'eject' as const, disk: first.name } }] : []),
        page('Look at its disks', machinePage(sources, 'disks')),
        page('Look at the screen', machinePage(sources, 'console')),
        { label: 'Reset', detail: 'It tries again.', action: { type: 'power', action: 'reset' } },
      ],
      since: pickText(found, 'lastTransitionTime'),
    };
  },
}); // prettier-ignore
