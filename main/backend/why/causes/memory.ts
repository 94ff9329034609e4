import type { KubeObject } from '../../../contract/kube.ts';
import type { Cure } from '../../../contract/why.ts';
import { instanceMemory } from '../../target/capacity.ts';
import { pick, pickText } from '../../target/pick.ts';
import { quantity } from '../../target/quantity.ts';
import { cause, machinePage, page } from '../cause.ts';
import { gibibytes, isOver, knows, listOf, nameOf, strategyOf, title, unscheduled } from '../sources.ts';
import type { WhySources } from '../sources.ts';

const MiB = 2 ** 20;
/** What KubeVirt's launcher and QEMU take beside the guest, roughly. */
const overhead = 300 * MiB;
const units: Record<string, number> = { B: 1, KiB: 2 ** 10, MiB, GiB: 2 ** 30, TiB: 2 ** 40 };
const bytesIn = (text: string | undefined): number | undefined => {
  const [, figure = '', unit = ''] = /([\d.]+)\s*([KMGT]?i?B)/.exec(text ?? '') ?? [];
  return units[unit] === undefined ? undefined : Number(figure) * units[unit];
};

const others = (sources: WhySources): KubeObject[] =>
  listOf(sources, 'instances')
    .filter((each) => each.metadata.uid !== sources.vmi?.metadata.uid && !isOver(each) && !each.metadata.deletionTimestamp)
    .filter((each) => ['Running', 'Scheduled'].includes(pickText(each, 'status', 'phase') ?? '')); // prettier-ignore

/** Bytes that are missing. The engine says its figures; on a cluster they are counted from its nodes. */
function shortOf(sources: WhySources, message: string): number | undefined {
  const needs = bytesIn(/needs ([\d.]+ ?[KMGT]?i?B)/.exec(message)?.[1]);
  const free = bytesIn(/([\d.]+ ?[KMGT]?i?B) of [\d.]+ ?[KMGT]?i?B for machines/.exec(message)?.[1]);
  if (needs !== undefined && free !== undefined) return needs - free;
  if (!knows(sources, 'nodes') || !sources.vmi) return undefined;
  const room = listOf(sources, 'nodes').filter((node) => pick(node, 'spec', 'unschedulable') !== true).map((node) => {
    const here = others(sources).filter((each) => pickText(each, 'status', 'nodeName') === nameOf(node));
    return (quantity(pick(node, 'status', 'allocatable', 'memory')) ?? 0) - here.reduce((sum, each) => sum + instanceMemory(each) + overhead, 0);
  }); // prettier-ignore
  return room.length === 0 ? undefined : instanceMemory(sources.vmi) + overhead - Math.max(...room);
}

/** Those that free enough by themselves, smallest first; else the biggest. */
function toStop(sources: WhySources, short: number | undefined): Cure[] {
  const sized = others(sources).map((each) => ({ each, memory: instanceMemory(each) })).sort((a, b) => a.memory - b.memory); // prettier-ignore
  const enough = short === undefined ? [] : sized.filter(({ memory }) => memory >= short);
  return (enough.length > 0 ? enough : sized.toReversed()).slice(0, 3).map(({ each, memory }) => ({
    label: `Shut down ${nameOf(each)}`,
    detail: `It has ${gibibytes(memory)}.`,
    asks: `${nameOf(each)} is asked to shut down. It stays off until it is started again.`,
    action: { type: 'stopMachine' as const, machine: { namespace: each.metadata.namespace ?? '', name: nameOf(each) } },
  }));
}

function smaller(sources: WhySources, short: number | undefined): Cure[] {
  // The size of a type is not the machine's own.
  if (short === undefined || !sources.vmi || pickText(sources.vm, 'spec', 'instancetype', 'name')) return [];
  const step = 64 * MiB;
  const memory = Math.floor((instanceMemory(sources.vmi) - short - 16 * MiB) / step) * step;
  if (memory < step) return [];
  return [
    {
      label: `Give it ${gibibytes(memory)}`,
      detail: `Instead of ${gibibytes(instanceMemory(sources.vmi))}; it is started with that.`,
      action: { type: 'setMemory', memory },
    },
  ];
}

const memoryText = (sources: WhySources): string | undefined => {
  const message = unscheduled(sources);
  return message !== undefined && /insufficient memory/i.test(message) ? message : undefined;
};
const withoutCount = (message: string): string =>
  message.replace(/^\d+\/\d+ nodes are available: [^.]*\.\s+(?=\S)/, '');

export const notEnoughMemory = cause({
  id: 'not-enough-memory',
  title: 'There is not enough free memory',
  evidence: memoryText,
  explain(message, sources) {
    const short = shortOf(sources, message);
    const stop = strategyOf(sources.vm) === 'Halted' ? [] : [{ label: 'Do not start it', action: { type: 'power' as const, action: 'stop' as const } }]; // prettier-ignore
    return {
      short: message,
      steps: [
        { object: `VirtualMachineInstance ${nameOf(sources.vm)}`, says: withoutCount(message) },
        ...listOf(sources, 'nodes').slice(0, 3).map((node) => ({
          object: title(node),
          says: `${gibibytes(quantity(pick(node, 'status', 'allocatable', 'memory')) ?? 0)} of memory for machines${pick(node, 'spec', 'unschedulable') === true ? '; it takes none now' : ''}.`,
        })),
      ],
      cures: [...toStop(sources, short), ...smaller(sources, short), page('Change its size', machinePage(sources, 'hardware')), ...stop],
    }; // prettier-ignore
  },
});

export const notEnoughCpu = cause({
  id: 'not-enough-cpu',
  title: 'There are not enough free processors',
  evidence: (sources) => {
    const message = unscheduled(sources);
    return message !== undefined && /insufficient cpu/i.test(message) && !/insufficient memory/i.test(message) ? message : undefined; // prettier-ignore
  },
  explain: (message, sources) => ({
    steps: [{ object: `VirtualMachineInstance ${nameOf(sources.vm)}`, says: message }],
    cures: [...toStop(sources, undefined), page('Change its size', machinePage(sources, 'hardware'))],
  }),
});
