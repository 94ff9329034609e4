import { cause, page } from '../cause.ts';
import { conditionOf, failures, listOf, nameOf, said, unscheduled } from '../sources.ts';
import type { WhySources } from '../sources.ts';

/** QEMU's words where an accelerator cannot be used, and the scheduler's where no node offers /dev/kvm. */
const refused =
  /could not access KVM|failed to initialize (kvm|hvf|whpx)|invalid accelerator|KVM is not available|no accelerator found|\/dev\/kvm|Insufficient devices\.kubevirt\.io\/kvm|KVM not supported/i;

function evidence(sources: WhySources): { object: string; text: string } | undefined {
  const placed = unscheduled(sources);
  const instance = `VirtualMachineInstance ${nameOf(sources.vm)}`;
  if (placed && refused.test(placed)) return { object: instance, text: placed };
  const failed = failures(sources).find((text) => refused.test(text));
  if (failed) return { object: instance, text: failed };
  // Some accelerators open, start guests, and run none of them. A guest that has nothing to boot is no sign of that.
  const life = conditionOf(sources.vmi, 'NoSignOfLife');
  if (life?.['status'] === 'True' && life['reason'] === 'NoSignOfLife') return { object: instance, text: said(life) ?? '' };
  return undefined;
} // prettier-ignore

/** Whether the target tells its accelerator at its node: then it follows Hearth's own setting. */
const ours = (sources: WhySources): boolean =>
  listOf(sources, 'nodes').some((node) => node.metadata.labels?.['hearth.dev/accelerator'] !== undefined) ||
  sources.near?.host !== undefined;

export const noAccelerator = cause({
  id: 'no-accelerator',
  title: 'The processor’s help for machines cannot be used',
  evidence,
  explain({ object, text }, sources) {
    const host = sources.near?.host?.accelerator;
    const own = ours(sources);
    const commands = host?.commands ?? [];
    const nodes = /devices\.kubevirt\.io/.test(text);
    return {
      short: text,
      steps: [
        { object, says: text },
        ...(host ? [{ object: 'This computer', says: `${host.title} (${host.failureClass}). ${host.detail}${host.fix ? ` ${host.fix}` : ''}` }] : []),
        ...(nodes ? [{ object: 'Nodes', says: 'No node offers hardware acceleration (/dev/kvm) to machines. It may be off in the firmware setup, or the node is a virtual machine without nested virtualization.' }] : []),
      ],
      cures: [
        {
          label: 'Use software mode',
          detail: `Machines then run without the processor's help: they work, about ten times slower.${own ? ' Hearth notes it in its settings; other machines go on.' : ' KubeVirt is told so for the whole cluster (useEmulation).'}`,
          action: { type: 'softwareMode', by: own ? 'setting' : 'kubevirt' },
        },
        ...(commands.length > 0 ? [{ label: 'Show the commands', action: { type: 'commands' as const, commands } }] : []),
        ...(own ? [page('Look at this computer', '/settings/host')] : []),
      ],
    }; // prettier-ignore
  },
});
