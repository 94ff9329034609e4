import type { Disks } from '../../kube/block.ts';
import { VolumeNotReady } from '../../kube/block.ts';
import type { EngineContext } from '../../kube/context.ts';
import type { Stored } from '../../kube/object.ts';
import { unwritableText } from '../../store/unwritable.ts';
import { readable } from '../../kube/quantity.ts';
import { guestMemory, topologyOf } from '../argv/size.ts';
import { Unschedulable } from '../capacity.ts';
import type { Capacity } from '../capacity.ts';
import { writeRecord } from '../files.ts';
import { blockDevices } from '../qemu/block-devices.ts';
import type { Machine } from '../qemu/machine.ts';
import { QmpClosed, QmpError } from '../qemu/qmp.ts';
import { remembered, vmiSpec } from '../spec.ts';
import { addCpus, readSockets } from './cpus.ts';
import { fixedReserve, readMemory, syncMemory } from './memory.ts';
import { switchOn } from './online.ts';
import { hotVolumes, volumeSteps } from './volume-plan.ts';
import type { VolumeStep } from './volume-plan.ts';
import { VolumeRefused, VolumeWork } from './volumes.ts';
import { monotonic } from '../../kube/monotonic.ts';

/** A guest gets so long to take memory or give it back before it counts as unwilling (ms). */
const patience = 15_000;
/** What the guest has yet to do, or what failed, is looked at again after so long (ms). */
const soon = 2000;
const later = 15_000;

/** Brings running machines to what their instances say: CPUs, memory, and volumes that come and go. */
export class LiveUpdates {
  readonly #context: EngineContext;
  readonly #disks: Disks;
  readonly #capacity: Capacity;
  /** Last instance (by its resource version's spec) that was noted, by uid. */
  readonly #noted = new Map<string, string>();

  constructor(context: EngineContext, disks: Disks, capacity: Capacity) {
    this.#context = context;
    this.#disks = disks;
    this.#capacity = capacity;
  }

  /** Does what is to be done now. Answers after how long (ms) to look again, where something is not done yet. */
  async sync(vmi: Stored, machine: Machine): Promise<number | undefined> {
    try {
      return await machine.changing(async () => {
        const again = [
          await this.#cpus(vmi, machine),
          await this.#memory(vmi, machine),
          await this.#volumes(vmi, machine),
          await this.#wake(machine),
        ].flatMap((ms) => (ms === undefined ? [] : [ms]));
        this.#note(vmi, machine);
        return again.length > 0 ? Math.min(...again) : undefined;
      });
    } catch (error) {
      // QEMU ended in the middle of it, or is paused for a snapshot of itself: it is asked again when it answers.
      if (!(error instanceof QmpClosed)) throw error;
      return machine.outcome ? undefined : soon;
    }
  }

  forget(uid: string): void {
    this.#noted.delete(uid);
  }

  async #cpus(vmi: Stored, machine: Machine): Promise<number | undefined> {
    const { live } = machine;
    const wanted = topologyOf(vmiSpec(vmi)).sockets;
    live.sockets ??= await readSockets(machine);
    if (wanted <= live.sockets.filled) {
      live.cpuProblem = undefined;
      return undefined;
    }
    const before = live.sockets.filled;
    const { cores, threads } = topologyOf(vmiSpec(vmi));
    try {
      this.#capacity.takeProcessors(vmi.metadata.uid, wanted * cores * threads);
      await addCpus(machine, vmiSpec(vmi));
      live.sockets = await readSockets(machine);
      live.cpuProblem = undefined;
      this.#event(
        vmi,
        'CPUsPlugged',
        `CPU sockets were raised from ${before} to ${live.sockets.filled} while the machine runs.`,
      );
      return undefined;
    } catch (error) {
      this.#capacity.forceProcessors(vmi.metadata.uid, before * cores * threads);
      if (error instanceof Unschedulable) {
        live.cpuProblem = { reason: 'Unschedulable', message: error.message };
        return later;
      }
      if (!(error instanceof QmpError)) throw error;
      live.cpuProblem = { reason: 'HotplugFailed', message: error.message };
      return later;
    }
  }

  async #memory(vmi: Stored, machine: Machine): Promise<number | undefined> {
    const { live, record } = machine;
    live.memory = await readMemory(machine);
    const wanted = Math.min(live.memory.most, Math.max(live.memory.atBoot, guestMemory(vmiSpec(vmi))));
    const fixed = fixedReserve(record.argv);
    try {
      if (wanted > live.memory.asked)
        this.#capacity.take(record.uid, wanted + fixed.cache + fixed.process, { guest: wanted, cache: fixed.cache });
      if (await syncMemory(machine, vmiSpec(vmi))) {
        live.memoryAskedAt = monotonic();
        live.memory = await readMemory(machine);
      }
    } catch (error) {
      if (error instanceof Unschedulable) live.memoryProblem = { reason: 'Unschedulable', message: error.message };
      else if (error instanceof QmpError) live.memoryProblem = { reason: 'HotplugFailed', message: error.message };
      else throw error;
      return later;
    }
    const { asked, current, atBoot } = live.memory;
    // Memory counts until the guest has really given it back.
    record.reserved = Math.max(asked, current) + fixed.cache + fixed.process;
    this.#capacity.force(record.uid, record.reserved);
    if (current !== asked) live.memoryAskedAt ??= monotonic();
    if (live.memoryAskedAt === undefined) return undefined;
    const waited = monotonic() - live.memoryAskedAt;
    // Blocks that something sits in may stay behind when memory is given back; KubeVirt counts that as done as well.
    if (current === asked || (current > asked && waited > patience)) {
      live.memoryAskedAt = undefined;
      live.memoryProblem = undefined;
      this.#event(vmi, 'MemoryResized', `The guest has ${readable(current)} of memory now, without a restart.`);
      return undefined;
    }
    if (waited < patience) return soon;
    live.memoryProblem = {
      reason: 'GuestTakesNoMemory',
      message: `The guest has taken ${readable(current - atBoot)} of ${readable(asked - atBoot)}: it needs a driver for virtio-mem (Linux has one since 5.8, Windows with recent virtio drivers).`,
    };
    return later;
  }

  /** New CPUs and memory blocks show up in the guest a moment after QEMU has told of them. */
  async #wake(machine: Machine): Promise<number | undefined> {
    const { live } = machine;
    if (!machine.agentConnected || monotonic() > live.wakeUntil) return undefined;
    await switchOn(machine, this.#context.log);
    return 1000;
  }

  async #volumes(vmi: Stored, machine: Machine): Promise<number | undefined> {
    const { live, record } = machine;
    const spec = vmiSpec(vmi);
    const steps = volumeSteps(spec, await blockDevices(machine.qmp), record.disks, record.attached ?? []);
    const work = new VolumeWork(machine, this.#disks, vmi);
    let again: number | undefined;
    for (const step of steps) {
      const wait = await this.#step(vmi, machine, work, step);
      if (wait !== undefined) again = Math.min(again ?? wait, wait);
    }
    const wanted = new Set(hotVolumes(spec).map(({ name }) => name));
    for (const name of wanted)
      if (!steps.some(({ volume }) => volume === name) && live.volumes.get(name)?.phase !== 'Ready')
        this.#ready(machine, name);
    for (const [name, { phase }] of live.volumes)
      if (!wanted.has(name) && phase !== 'Detaching') live.volumes.delete(name);
    return again;
  }

  async #step(vmi: Stored, machine: Machine, work: VolumeWork, step: VolumeStep): Promise<number | undefined> {
    const { live } = machine;
    const { volume } = step;
    const takes = step.do === 'attach' || step.do === 'insert';
    try {
      const done = await work.run(step);
      if (!done) {
        live.volumes.set(volume, {
          phase: 'Detaching',
          reason: 'VolumeUnplugging',
          message: `The guest has yet to let volume ${volume} go`,
        });
        return soon;
      }
      if (takes) {
        this.#ready(machine, volume);
        this.#event(vmi, 'VolumeReady', `Successfully attach hotplugged volume ${volume} to VM`);
        return undefined;
      }
      live.volumes.delete(volume);
      if (step.do !== 'forget') this.#event(vmi, 'VolumeUnplugged', `Volume ${volume} has been unplugged from VM`);
      // Another source of the same name comes next.
      return hotVolumes(vmiSpec(vmi)).some(({ name }) => name === volume) ? 0 : undefined;
    } catch (error) {
      if (!(error instanceof VolumeNotReady || error instanceof VolumeRefused || error instanceof QmpError))
        throw error;
      const waits = error instanceof VolumeNotReady;
      const before = live.volumes.get(volume)?.message;
      live.volumes.set(volume, {
        phase: 'Pending',
        reason: waits ? error.reason : 'FailedAttach',
        message: error.message,
      });
      if (before !== error.message && !waits)
        this.#context.event(
          vmi,
          'Warning',
          takes ? 'FailedAttachVolume' : 'FailedDetachVolume',
          `Volume ${volume}: ${error.message}`,
        );
      return later;
    }
  }

  #ready(machine: Machine, name: string): void {
    machine.live.volumes.set(name, {
      phase: 'Ready',
      reason: 'VolumeReady',
      message: `Successfully attach hotplugged volume ${name} to VM`,
    });
  }

  /** The record tells the next engine what runs, should the instance's file be lost. */
  #note(vmi: Stored, machine: Machine): void {
    const { record } = machine;
    const now = JSON.stringify([vmi.spec, record.reserved]);
    const before = this.#noted.get(record.uid);
    this.#noted.set(record.uid, now);
    if (before === now || (before === undefined && JSON.stringify(record.instance?.spec) === JSON.stringify(vmi.spec)))
      return;
    record.instance = remembered(vmi);
    try {
      writeRecord(machine.files, record);
    } catch (error) {
      if (!unwritableText(error)) throw error;
      this.#noted.delete(record.uid);
      this.#context.log.warn({ err: error, vmi: record.name }, 'the record of a running machine could not be written');
    }
  }

  #event(vmi: Stored, reason: string, message: string): void {
    this.#context.event(vmi, 'Normal', reason, message);
  }
}
