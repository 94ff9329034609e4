import type { MachineSize, PlannedChange, Resize, When } from '../../contract/hardware.ts';

/** What of a running machine the target can resize. */
export interface LiveAbilities {
  cpu: { can: boolean; why?: string };
  memory: { can: boolean; why?: string };
}

/** KubeVirt takes memory in steps of this (pkg/liveupdate/memory). */
export const memoryStep = 2 * 2 ** 20;
const gibi = (bytes: number): string => `${Number((bytes / 2 ** 30).toFixed(2))} GiB`;

/**
 * What a new size means for a machine, each thing for itself: it applies now, needs a restart, or is refused, and why. A
 * machine that is off has no "later". When one thing needs a restart, KubeVirt leaves CPUs and memory to it as well: so
 * does the answer. Pure.
 */
export function planResize(
  size: MachineSize,
  wish: Omit<Resize, 'namespace' | 'name'>,
  can: LiveAbilities,
  next?: TypeSize,
): PlannedChange[] {
  const changes = planType(size, wish.instancetype, can, next);
  const typed = wish.instancetype ?? size.instancetype;
  for (const what of ['sockets', 'cores', 'threads', 'memory'] as const) {
    const to = wish[what];
    if (to === undefined || to === size[what]) continue;
    const shown = (value: number): string => (what === 'memory' ? gibi(value) : String(value));
    const judged =
      typed !== undefined
        ? { when: 'refused' as const, why: `The size comes from the instance type ${typed}: choose another type.` }
        : what === 'memory'
          ? judgeMemory(size, to, can)
          : what === 'sockets'
            ? judgeSockets(size, to, can)
            : size.running
              ? {
                  when: 'restart' as const,
                  why: `${what === 'cores' ? 'Cores' : 'Threads'} of a socket are fixed while a machine runs; sockets can be added.`,
                }
              : { when: 'now' as const };
    changes.push({ what, from: shown(size[what]), to: shown(to), ...judged });
  }
  const restart = changes.find(({ what, when }) => when === 'restart' && (what === 'cores' || what === 'threads'));
  return changes.map((change) =>
    restart && change.when === 'now'
      ? { ...change, when: 'restart', why: 'Another change needs a restart, so this one waits for it too.' }
      : change,
  );
}

/** What an instance type gives. */
export interface TypeSize {
  sockets: number;
  memory: number;
}

/** Another type is another number of CPUs and other memory: each has a "when" of its own, and the type is there with the last of them. */
function planType(
  size: MachineSize,
  to: string | undefined,
  can: LiveAbilities,
  next = sizeNow(size),
): PlannedChange[] {
  if (to === undefined || to === size.instancetype) return [];
  const now = sizeNow(size);
  const parts: PlannedChange[] = [];
  if (next.sockets !== now.sockets)
    parts.push({ what: 'sockets', from: String(now.sockets), to: String(next.sockets), ...judgeSockets(size, next.sockets, can) }); // prettier-ignore
  if (next.memory !== now.memory)
    parts.push({ what: 'memory', from: gibi(now.memory), to: gibi(next.memory), ...judgeMemory(size, next.memory, can) }); // prettier-ignore
  const unable = [can.cpu, can.memory].find((each) => size.running && !each.can);
  const last: Judged = unable
    ? { when: 'restart', why: unable.why ?? 'This target does not resize running machines.' }
    : { when: parts.some(({ when }) => when === 'restart') ? 'restart' : 'now' };
  return [{ what: 'instancetype', ...(size.instancetype && { from: size.instancetype }), to, ...last }, ...parts];
}

const sizeNow = ({ running, sockets, memory }: MachineSize): TypeSize => ({
  sockets: running?.sockets ?? sockets,
  memory: running?.memory ?? memory,
});

type Judged = { when: When; why?: string };

function judgeSockets({ running, most }: MachineSize, to: number, { cpu }: LiveAbilities): Judged {
  if (!running) return { when: 'now' };
  if (!cpu.can) return { when: 'restart', why: cpu.why ?? 'This target does not resize running machines.' };
  if (to > (most?.sockets ?? 0))
    return {
      when: 'restart',
      why: `This start left room for ${most?.sockets ?? running.sockets} sockets; the next one leaves room for more.`,
    };
  return to >= running.sockets
    ? { when: 'now' }
    : { when: 'restart', why: 'A running machine keeps the CPUs it has; it has fewer after a restart.' };
}

function judgeMemory({ running, most }: MachineSize, to: number, { memory }: LiveAbilities): Judged {
  if (!running) return { when: 'now' };
  if (!memory.can) return { when: 'restart', why: memory.why ?? 'This target does not resize running machines.' };
  if ((most?.memory ?? 0) <= running.memoryAtBoot)
    return {
      when: 'restart',
      why: 'This start left no room for more memory: a machine needs at least 1 GiB for that.',
    };
  if (to > (most?.memory ?? 0))
    return {
      when: 'restart',
      why: `This start left room for ${gibi(most?.memory ?? 0)}; the next one leaves room for more.`,
    };
  if (to < running.memoryAtBoot)
    return {
      when: 'restart',
      why: `A running machine keeps at least what it started with: ${gibi(running.memoryAtBoot)}.`,
    };
  if (to % memoryStep !== 0)
    return { when: 'restart', why: 'While a machine runs, its memory changes in steps of 2 MiB.' };
  return { when: 'now' };
}
