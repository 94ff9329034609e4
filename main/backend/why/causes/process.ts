import { pickList, pickNumber, pickText } from '../../target/pick.ts';
import { cause, machinePage, page } from '../cause.ts';
import { asAsked, conditionOf, failures, isPodOf, listOf, nameOf, phaseOf, said } from '../sources.ts';
import type { WhySources } from '../sources.ts';

const start = { label: 'Start it', action: { type: 'power' as const, action: 'start' as const } };
const instance = (sources: WhySources): string => `VirtualMachineInstance ${nameOf(sources.vm)}`;
const failing = (sources: WhySources, pattern: RegExp): string | undefined =>
  asAsked(sources) ? undefined : failures(sources).find((text) => pattern.test(text));
/** A machine that is tried again by itself needs no button to start it. */
const startable = ({ vm }: WhySources): (typeof start)[] =>
  pickText(vm, 'status', 'printableStatus') === 'Stopped' ? [start] : [];

export const qemuMissing = cause({
  id: 'qemu-missing',
  title: 'QEMU is not there',
  evidence: (sources) => failing(sources, /QEMU could not be started: .*(ENOENT|EACCES|not found)/i),
  explain(text, sources) {
    const check = sources.near?.host?.checks.find(({ id }) => id === 'qemu');
    const commands = check?.commands.length ? check.commands : (sources.near?.host?.installQemu ?? []);
    return {
      short: text,
      steps: [
        { object: instance(sources), says: text },
        { object: 'This computer', says: check && check.status !== 'ok' ? check.detail : 'QEMU, the program that is the machine’s hardware, was removed or cannot be run.' },
      ],
      cures: [
        ...(commands.length > 0 ? [{ label: 'Show how to install it', detail: 'As administrator of this computer.', action: { type: 'commands' as const, commands } }] : []),
        ...startable(sources),
        page('Look at this computer', '/settings/host'),
      ],
    }; // prettier-ignore
  },
});

export const programMissing = cause({
  id: 'program-missing',
  title: 'A program or firmware is missing',
  evidence: (sources) => failing(sources, /swtpm|TPM emulator|UEFI firmware|OVMF|Secure Boot is not installed/i),
  explain: (text, sources) => ({
    steps: [{ object: instance(sources), says: text }],
    cures: [page('Look at this computer', '/settings/host'), ...startable(sources)],
  }),
});

const killedReasons = new Set(['Killed', 'Terminated', 'ProcessGone', 'Crashed', 'SandboxViolation']);

/** Of the engine's instance, or of the container that QEMU ran in. */
function killed(sources: WhySources): { text: string; memory: boolean } | undefined {
  const { vm, vmi } = sources;
  if (asAsked(sources)) return undefined;
  const conditions = [conditionOf(vmi, 'Synchronized'), conditionOf(vm, 'Failure')];
  const found = conditions.find((each) => killedReasons.has(pickText(each, 'reason') ?? ''));
  if (found) return { text: said(found) ?? '', memory: pickText(found, 'reason') === 'Killed' };
  if (phaseOf(vmi) !== 'Failed') return undefined;
  const pod = listOf(sources, 'pods').find((each) => isPodOf(each, vmi));
  for (const container of pickList(pod, 'status', 'containerStatuses')) {
    const ended = (container['state'] as { terminated?: unknown } | undefined)?.terminated;
    const reason = pickText(ended, 'reason');
    if (reason === 'OOMKilled') return { text: `Its container ${pickText(container, 'name')} was killed by the node: out of memory (OOMKilled).`, memory: true };
    if (pickNumber(ended, 'exitCode') === 137) return { text: `Its container ${pickText(container, 'name')} was killed (exit code 137).`, memory: false };
  }
  return undefined;
} // prettier-ignore

export const qemuKilled = cause({
  id: 'qemu-killed',
  title: 'QEMU was ended from outside',
  evidence: killed,
  explain: ({ text, memory }, sources) => ({
    short: text,
    steps: [
      { object: instance(sources), says: text },
      {
        object: 'The computer it ran on',
        says: memory
          ? 'For the guest this was a power cut. Mostly the system ended the process because memory ran out.'
          : 'For the guest this was a power cut.',
      },
    ],
    cures: [
      ...startable(sources),
      ...(memory ? [page('Change its size', machinePage(sources, 'hardware'))] : []),
      page('Look at the events', machinePage(sources, 'events')),
    ],
  }),
});

/** A run that failed for another reason, told in the words of whoever saw it. */
export const endedBadly = cause({
  id: 'ended-badly',
  title: 'Its last run ended in a failure',
  evidence(sources) {
    if (asAsked(sources)) return undefined;
    const over = phaseOf(sources.vmi) === 'Failed' || conditionOf(sources.vm, 'Failure')?.['status'] === 'True';
    return over ? (failures(sources).at(-1) ?? 'It did not say why.') : undefined;
  },
  explain: (text, sources) => ({
    steps: [{ object: instance(sources), says: text }],
    cures: [
      ...startable(sources),
      page('Look at the console', machinePage(sources, 'console')),
      page('Look at the events', machinePage(sources, 'events')),
    ],
  }),
});
