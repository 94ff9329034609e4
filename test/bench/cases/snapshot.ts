import { execa } from 'execa';
import { join } from 'node:path';
import { Qmp } from '../../../main/embedded/machine/qemu/qmp.ts';
import { taskDone } from '../../e2e/support/guest.ts';
import { kubeOf } from '../../support/kube.ts';
import type { Figure } from '../figures.ts';
import { median } from '../figures.ts';
import { openLab } from '../lab.ts';

const snapshots = '/apis/snapshot.kubevirt.io/v1beta1/namespaces/default/virtualmachinesnapshots';

/** A snapshot of a running machine, from POST to ready, with and without memory, beside QMP's own live snapshot. */
export async function measure(): Promise<Figure[]> {
  const lab = await openLab();
  try {
    await lab.create('snap');
    const kube = kubeOf(lab.hearth.kubeconfig);
    await kube.watch('/apis/kubevirt.io/v1/namespaces/default/virtualmachines?fieldSelector=metadata.name%3Dsnap', ({ object }) => object.status?.['printableStatus'] === 'Running'); // prettier-ignore
    const take = async (name: string, memory: boolean): Promise<number> => {
      const ready = kube.watch(`${snapshots}?fieldSelector=metadata.name%3D${name}`, ({ object }) => object.status?.['readyToUse'] === true); // prettier-ignore
      const started = performance.now();
      await kube.request('POST', snapshots, {
        apiVersion: 'snapshot.kubevirt.io/v1beta1',
        kind: 'VirtualMachineSnapshot',
        metadata: { name, annotations: memory ? { 'hearth.dev/memory': 'true' } : {} },
        spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'snap' } },
      });
      await ready;
      return performance.now() - started;
    };
    const disks: number[] = [];
    const withMemory: number[] = [];
    for (let run = 0; run < 7; run += 1) {
      disks.push(await take(`disk-${run}`, false));
      withMemory.push(await take(`memory-${run}`, true));
    }
    const bare = await bareSnapshots(join(lab.dataDir, 'bare'));
    const restores: number[] = [];
    for (let run = 0; run < 3; run += 1) {
      const started = performance.now();
      const { taskId } = await lab.page.api.snapshots.restore({ namespace: 'default', name: 'snap', snapshot: `memory-${run}`, stop: true, memory: true, start: true }); // prettier-ignore
      await taskDone(lab.page.api, taskId);
      await kube.watch('/apis/kubevirt.io/v1/namespaces/default/virtualmachines?fieldSelector=metadata.name%3Dsnap', ({ object }) => object.status?.['printableStatus'] === 'Running'); // prettier-ignore
      restores.push(performance.now() - started);
    }
    return [
      { what: 'online snapshot of the disks, POST to ready', ours: median(disks), bare: median(bare), bareName: 'qemu-img create + blockdev-snapshot by QMP', unit: 'ms', better: 'lower', note: 'median of 7' },
      { what: 'the same with memory (256 MiB guest)', ours: median(withMemory), unit: 'ms', better: 'lower', note: 'median of 7' },
      { what: 'back to it with memory: stop, restore, running again', ours: median(restores), unit: 'ms', better: 'lower', note: 'median of 3' },
    ]; // prettier-ignore
  } finally {
    await lab.close();
  }
}

/** An idle QEMU of our own on a qcow2, snapshotted without anything of Hearth in between. */
async function bareSnapshots(stem: string): Promise<number[]> {
  const file = `${stem}-0.qcow2`;
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', file, '2G']);
  const qemu = execa('qemu-system-x86_64', ['-nodefaults', '-no-user-config', '-machine', 'q35', '-accel', 'tcg', '-m', '64', '-display', 'none', '-S', '-qmp', `unix:${stem}.qmp,server=on,wait=off`, '-blockdev', JSON.stringify({ driver: 'qcow2', 'node-name': 'n0', file: { driver: 'file', filename: file } }), '-device', 'virtio-blk-pci,drive=n0'], { reject: false }); // prettier-ignore
  let qmp: Qmp | undefined;
  while (!qmp) qmp = await Qmp.connect(`${stem}.qmp`).catch(() => undefined);
  const times: number[] = [];
  for (let run = 1; run <= 7; run += 1) {
    const overlay = `${stem}-${run}.qcow2`;
    const started = performance.now();
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-u', '-b', `${stem}-${run - 1}.qcow2`, '-F', 'qcow2', overlay, '2G']); // prettier-ignore
    await qmp.execute('blockdev-add', { driver: 'qcow2', 'node-name': `n${run}`, file: { driver: 'file', filename: overlay }, backing: null }); // prettier-ignore
    await qmp.execute('blockdev-snapshot', { node: `n${run - 1}`, overlay: `n${run}` });
    times.push(performance.now() - started);
  }
  await qmp.execute('quit').catch(() => undefined);
  await qemu;
  return times;
}
