import { setTimeout as delay } from 'node:timers/promises';
import type { LiveLayer } from '../kube/block.ts';
import { blockDevices, volumeOf } from '../machine/qemu/block-devices.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import { QmpError } from '../machine/qemu/qmp.ts';
import type { VmiSpec } from '../machine/spec.ts';
import { layersOf } from './graph.ts';
import { reopen } from './reseat.ts';

/** The device of a claim's disk in a running machine; undefined where it has none (yet). */
export async function deviceOf(machine: Machine, spec: VmiSpec, claim: string): Promise<string | undefined> {
  const volume = spec.volumes?.find(
    (each) => (each.dataVolume?.name ?? each.persistentVolumeClaim?.claimName) === claim,
  );
  const devices = await blockDevices(machine.qmp);
  return volume && devices.find(({ id }) => volumeOf(machine.record.disks, id) === volume.name)?.id;
}

/**
 * Lets a machine go on in new overlays, all disks at one moment (one `transaction`). A layer that it is in already is
 * passed over, so it may be called again. Throws QmpError; the machine then goes on where it was.
 */
export async function switchOver(machine: Machine, spec: VmiSpec, layers: readonly LiveLayer[]): Promise<void> {
  const { qmp } = machine;
  const actions: object[] = [];
  for (const layer of layers) {
    const device = await deviceOf(machine, spec, layer.claim);
    if (device === undefined) throw new Error(`The running machine has no disk ${layer.claim}`);
    const [top] = await layersOf(qmp, device);
    if (!top || top.node === layer.node) continue;
    await addOverlay(machine, layer);
    actions.push({ type: 'blockdev-snapshot', data: { node: top.node, overlay: layer.node } });
  }
  if (actions.length > 0) await qmp.execute('transaction', { actions }, 60_000);
}

/** Opens an overlay's file. One that an earlier try left open is opened anew: its file may be another by now. */
async function addOverlay({ qmp }: Machine, { node, path }: LiveLayer): Promise<void> {
  for (const name of [node, `${node}-f`])
    await qmp.execute('blockdev-del', { 'node-name': name }).catch((error: unknown) => {
      if (!(error instanceof QmpError)) throw error;
    });
  const common = { 'read-only': false, 'auto-read-only': false, discard: 'unmap', cache: { direct: false, 'no-flush': false } }; // prettier-ignore
  await qmp.execute('blockdev-add', { driver: 'file', 'node-name': `${node}-f`, filename: path, ...common });
  // `backing: null`: what is below is what the machine has open, whatever the overlay's header names.
  await qmp.execute('blockdev-add', { driver: 'qcow2', 'node-name': node, file: `${node}-f`, backing: null, 'detect-zeroes': 'unmap', ...common }); // prettier-ignore
}

/**
 * Takes the layer below a disk's overlay into it (`block-stream`), while the machine runs. Where that was done already, and
 * only its end was not noted (a killed engine, a QEMU that failed to write), what is missing is done. False where the
 * machine sees other layers: then what is on disk was merged meanwhile, and only a new start can use it.
 */
export async function absorb(
  machine: Machine,
  spec: VmiSpec,
  claim: string,
  depth: number,
  reference: string | undefined,
): Promise<boolean> {
  const device = await deviceOf(machine, spec, claim);
  if (device === undefined) return false;
  const { qmp } = machine;
  const chain = await layersOf(qmp, device);
  const [top, drop, base] = chain;
  if (top && chain.length === depth - 1) {
    await reopen(qmp, top, drop?.node ?? null);
    return true;
  }
  if (!top || !drop || chain.length !== depth || (base === undefined) !== (reference === undefined)) return false;
  const job = `${jobs}${device}`;
  await qmp.execute('block-stream', {
    'job-id': job,
    device: top.node,
    ...(base ? { 'base-node': base.node, 'backing-file': reference } : {}),
    'auto-dismiss': false,
  });
  await jobDone(machine, job);
  // What was copied may be known to QEMU alone: the layer may only go when it is in the overlay's file, whatever ends QEMU then.
  await reopen(qmp, top, base?.node ?? null);
  // Nobody needs its nodes any more; the file can then really go.
  for (const name of [drop.node, drop.file])
    await qmp.execute('blockdev-del', { 'node-name': name }).catch((error: unknown) => {
      // Those of the command line belong to QEMU and stay until it ends.
      if (!(error instanceof QmpError)) throw error;
    });
  const after = await layersOf(qmp, device);
  return after.length === depth - 1 && after[0]?.node === top.node;
}

/** Our block jobs. */
const jobs = 'merge-';

/**
 * Ends merges that an engine left when it was killed: a job keeps its disk busy until somebody takes note of its end. What
 * one has copied by then reads as before; the merge is begun anew when its time comes, or noted if it was done (`absorb`).
 */
export async function endMerges({ qmp }: Machine): Promise<void> {
  for (;;) {
    const left = (await qmp.execute<{ id: string; status: string }[]>('query-jobs')).filter(({ id }) =>
      id.startsWith(jobs),
    );
    if (left.length === 0) return;
    for (const { id, status } of left) {
      const command = status === 'concluded' ? 'job-dismiss' : 'job-cancel';
      await qmp.execute(command, { id }).catch((error: unknown) => {
        // It ends in this moment, or cannot be asked yet.
        if (!(error instanceof QmpError)) throw error;
      });
    }
    await delay(50);
  }
}

/** Waits for a block job's end. Throws with its error. */
async function jobDone({ qmp }: Machine, id: string): Promise<void> {
  for (;;) {
    const jobs = await qmp.execute<{ id: string; status: string; error?: string }[]>('query-jobs');
    const job = jobs.find((each) => each.id === id);
    if (!job) return;
    if (job.status === 'concluded') {
      await qmp.execute('job-dismiss', { id });
      if (job.error !== undefined) throw new Error(`merging inside the machine failed: ${job.error}`);
      return;
    }
    await delay(100);
  }
}
