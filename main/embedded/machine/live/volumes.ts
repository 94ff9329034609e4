import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Volume } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { BlockNode, Disks } from '../../kube/block.ts';
import type { Stored } from '../../kube/object.ts';
import { disksOf } from '../argv/devices.ts';
import type { DiskSlot } from '../argv/devices.ts';
import { blockNodes } from '../argv/blockdev.ts';
import { writeRecord } from '../files.ts';
import { blockDevices, chainOf, deleteNodes } from '../qemu/block-devices.ts';
import type { Machine } from '../qemu/machine.ts';
import { QmpError } from '../qemu/qmp.ts';
import { vmiSpec } from '../spec.ts';
import { deviceGone } from './gone.ts';
import { freePort } from './ports.ts';
import { claimOf } from './volume-plan.ts';
import type { VolumeStep } from './volume-plan.ts';
import { monotonic } from '../../kube/monotonic.ts';

/** A guest gets so long to open the tray by itself before it is opened for it (ms). */
const trayPatience = 2000;
/** What is taken out is mostly gone after this long (ms); the event of a later end brings the machine up again. */
const detachPatience = 1500;

/** It has to wait, or cannot be; in words for people. */
export class VolumeRefused extends Error {
  override readonly name = 'VolumeRefused';
}

/** Carries steps out on one machine. */
export class VolumeWork {
  readonly #machine: Machine;
  readonly #disks: Disks;
  readonly #vmi: Stored;

  constructor(machine: Machine, disks: Disks, vmi: Stored) {
    this.#machine = machine;
    this.#disks = disks;
    this.#vmi = vmi;
  }

  /** `false`: begun, and the guest has yet to do its part. Throws VolumeNotReady, VolumeRefused, QmpError. */
  async run(step: VolumeStep): Promise<boolean> {
    switch (step.do) {
      case 'attach':
        await this.#attach(step.volume, step.device);
        return true;
      case 'detach':
        return this.#detach(step.volume, step.device);
      case 'insert':
        await this.#insert(step.volume, step.device);
        return true;
      case 'eject':
        await this.#eject(step.volume, step.device);
        return true;
      case 'forget':
        await this.#let(step.volume);
        return true;
    }
  }

  async #attach(name: string, id: string): Promise<void> {
    const slot = this.#slot(name);
    if (slot.device === 'cdrom')
      throw new VolumeRefused(
        'a CD-ROM drive cannot be added to a running machine: its disc can be changed, the drive comes with the next start',
      );
    if (slot.bus !== 'virtio' && slot.bus !== 'scsi')
      throw new VolumeRefused(`a disk on the ${slot.bus} bus cannot be added to a running machine: use virtio or scsi`);
    const block = await this.#open(name);
    const bus = slot.bus === 'scsi' ? await this.#scsi() : await this.#port();
    const node = await this.#addNodes(block, slot.cache);
    try {
      await this.#machine.qmp.execute('device_add', {
        driver: slot.bus === 'scsi' ? 'scsi-hd' : 'virtio-blk-pci',
        id,
        drive: node,
        ...(bus === undefined ? {} : { bus }),
        ...(slot.serial ? { serial: slot.bus === 'virtio' ? slot.serial.slice(0, 20) : slot.serial } : {}),
        werror: 'enospc',
        rerror: 'report',
      });
    } catch (error) {
      await this.#removeNodes(node);
      throw error;
    }
  }

  async #detach(name: string, id: string): Promise<boolean> {
    const { qmp } = this.#machine;
    const before = (await blockDevices(qmp)).find((device) => device.id === id);
    const chain = before?.node === undefined ? [] : await chainOf(qmp, before.node);
    const gone = deviceGone(qmp, id, detachPatience);
    try {
      await qmp.execute('device_del', { id });
    } catch (error) {
      // Asked before, or gone in this moment.
      if (!(error instanceof QmpError) || !/in the process of unplug|not found/.test(error.message)) throw error;
    }
    if (!(await gone) && (await blockDevices(qmp)).some((device) => device.id === id)) return false;
    await deleteNodes(qmp, chain);
    await this.#let(name);
    return true;
  }

  async #insert(name: string, id: string): Promise<void> {
    const block = await this.#open(name);
    const { qmp } = this.#machine;
    const node = await this.#addNodes({ ...block, readOnly: true }, undefined);
    try {
      await qmp.execute('blockdev-open-tray', { id, force: true });
      await qmp.execute('blockdev-insert-medium', { id, 'node-name': node });
    } catch (error) {
      await this.#removeNodes(node);
      throw error;
    }
    await qmp.execute('blockdev-close-tray', { id });
  }

  async #eject(name: string, id: string): Promise<void> {
    const { qmp } = this.#machine;
    const find = async () => (await blockDevices(qmp)).find((device) => device.id === id);
    const before = await find();
    const chain = before?.node === undefined ? [] : await chainOf(qmp, before.node);
    // A guest that has the disc mounted is asked first, as by the button of a real drive.
    await qmp.execute('blockdev-open-tray', { id, force: false }).catch((error: unknown) => {
      if (!(error instanceof QmpError)) throw error;
    });
    for (const end = monotonic() + trayPatience; monotonic() < end && !(await find())?.trayOpen;) await delay(100);
    if (!(await find())?.trayOpen) await qmp.execute('blockdev-open-tray', { id, force: true });
    await qmp.execute('blockdev-remove-medium', { id });
    await deleteNodes(qmp, chain);
    await qmp.execute('blockdev-close-tray', { id });
    await this.#let(name);
  }

  #slot(name: string): DiskSlot {
    const slot = disksOf(vmiSpec(this.#vmi)).find(({ volume }) => volume === name);
    if (!slot) throw new VolumeRefused('the machine has no disk of this name');
    return slot;
  }

  /** Noted before QEMU has it: an engine that is killed in between knows what may be open. */
  async #open(name: string): Promise<BlockNode> {
    const volume = vmiSpec(this.#vmi).volumes?.find((candidate) => candidate.name === name);
    if (!volume) throw new VolumeRefused('the machine has no volume of this name');
    const block = await this.#disks.open(this.#vmi, name);
    this.#note([...this.#others(name), volume]);
    return block;
  }

  /** The machine has it no more: its claim is free for others. */
  async #let(name: string): Promise<void> {
    const volume = this.#machine.record.attached?.find((candidate) => candidate.name === name);
    const claim = volume && claimOf(volume);
    this.#note(this.#others(name));
    if (claim !== undefined) await this.#disks.release(this.#vmi, claim);
  }

  #others = (name: string): V1Volume[] =>
    (this.#machine.record.attached ?? []).filter((volume) => volume.name !== name);

  #note(attached: V1Volume[]): void {
    this.#machine.record.attached = attached;
    writeRecord(this.#machine.files, this.#machine.record);
  }

  async #addNodes(block: BlockNode, cache: string | undefined): Promise<string> {
    const name = `h${randomBytes(6).toString('hex')}`;
    const added: string[] = [];
    try {
      for (const node of blockNodes(name, block, cache)) {
        await this.#machine.qmp.execute('blockdev-add', node);
        added.unshift(String(node['node-name']));
      }
      return name;
    } catch (error) {
      await deleteNodes(this.#machine.qmp, added);
      throw error;
    }
  }

  async #removeNodes(top: string): Promise<void> {
    await deleteNodes(this.#machine.qmp, await chainOf(this.#machine.qmp, top));
  }

  /** The bus of the SCSI controller, which is plugged in with the first disk that needs it. */
  async #scsi(): Promise<string> {
    const { qmp } = this.#machine;
    const there = await qmp.execute<{ name: string }[]>('qom-list', { path: '/machine/peripheral' });
    if (!there.some(({ name }) => name === 'scsi0')) {
      const bus = await this.#port();
      await qmp.execute('device_add', {
        driver: 'virtio-scsi-pci',
        id: 'scsi0',
        ...(bus === undefined ? {} : { bus }),
      });
    }
    return 'scsi0.0';
  }

  /** A free slot of q35; the old PC has one bus for all. */
  async #port(): Promise<string | undefined> {
    const { argv } = this.#machine.record;
    if (/^pc(,|$)/.test(argv[argv.indexOf('-machine') + 1] ?? '')) return undefined;
    const port = await freePort(this.#machine.qmp);
    if (port === undefined)
      throw new VolumeRefused(
        'every slot for devices that come and go is taken: use the scsi bus, which takes many disks in one slot, detach another one, or restart the machine',
      );
    return port;
  }
}
