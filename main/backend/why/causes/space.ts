import { pickText } from '../../target/pick.ts';
import { cause, machinePage, page } from '../cause.ts';
import { conditionOf, nameOf, said, statusOf } from '../sources.ts';

/** A running machine that could not write: QEMU stopped the guest before it could lose data. */
export const diskFull = cause({
  id: 'disk-full',
  title: 'The disk it writes to is full',
  evidence: ({ vm, vmi }) => {
    const paused = conditionOf(vmi, 'Paused');
    const reason = pickText(paused, 'reason');
    return paused?.['status'] === 'True' && reason === 'PausedIOError' && statusOf(vm) !== 'Stopped' ? paused : undefined;
  },
  explain: (paused, sources) => ({
    short: said(paused),
    steps: [
      { object: `VirtualMachineInstance ${nameOf(sources.vm)}`, says: said(paused) ?? 'A write to its disk failed.' },
      { object: 'Storage', says: 'A disk that grows with its data found no more room. Nothing is lost: the guest goes on where it stopped.' },
    ],
    cures: [
      page('Free space: look at the images', '/images'),
      page('Look at its snapshots', machinePage(sources, 'snapshots')),
      { label: 'Resume', detail: 'When there is space again.', action: { type: 'power', action: 'unpause' } },
    ],
    since: pickText(paused, 'lastTransitionTime'),
  }),
}); // prettier-ignore
