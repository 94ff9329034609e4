import type { RestorePoint } from '../../contract/backups.ts';
import { ProblemError } from '../../contract/problem.ts';
import { apiVersionOf, kinds } from '../target/kinds.ts';
import { KubeError } from '../target/kube-error.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';
import type { MachineFile } from '../transfer/file/machine-file.ts';
import { putInOrder } from '../transfer/order.ts';
import { importMachine, undoImport } from '../transfer/read-in.ts';
import type { Source } from '../transfer/read-in.ts';
import { startAgain } from '../transfer/start-again.ts';
import { largestManifest, pointSchema, readPoint } from './points/manifest.ts';
import type { PointManifest } from './points/manifest.ts';
import { sortPoints } from './points/tags.ts';
import type { FoundPoint } from './points/tags.ts';
import { listSnapshots, readKept, readSmall } from './restic/restic.ts';
import type { Repository } from './restic/repository.ts';

const damaged = (detail: string): ProblemError =>
  new ProblemError({
    code: 'backup-damaged',
    title: 'Backups at this place are damaged',
    detail,
    fix: 'Choose another point, and check the place (page Backups).',
  });

/** Throws `backup-point-gone`. */
export async function findPoint(repository: Repository, id: string, signal?: AbortSignal): Promise<FoundPoint> {
  const found = sortPoints(await listSnapshots(repository, signal)).points.find((each) => each.id === id);
  if (found) return found;
  throw new ProblemError({
    code: 'backup-point-gone',
    title: 'This point is not there any more',
    detail: 'The place does not list it.',
    fix: 'Load the list anew. Another Hearth, or a schedule, may have removed it.',
  });
}

/** A point as a machine file whose disks come out of the repository. */
async function openPoint(repository: Repository, id: string, signal: AbortSignal): Promise<{ point: PointManifest; file: MachineFile }> {
  const found = await findPoint(repository, id, signal);
  const text = await readSmall(repository, found.manifest.id, found.manifest.paths[0] ?? '', largestManifest, signal);
  const point = readPoint(text, pointSchema);
  const disks = point.disks.map((disk): MachineFile['disks'][number] => {
    const snapshot = found.disks.find(({ paths }) => paths[0] === disk.path);
    if (!snapshot) throw damaged(`The disk ${disk.volume} is not at the place.`);
    const { volume, size, stored, sha256, format } = disk;
    return {
      volume,
      size,
      stored,
      format,
      file: disk.path,
      at: 0,
      sum: { algorithm: 'sha256', hex: sha256 },
      open: (over) => readKept(repository, snapshot.id, disk.path, over),
    };
  });
  const asked = disks.map(({ volume, size, format, file }) => ({ volume, size, format, file }));
  return { point, file: { manifest: { ...point.vm, disks: asked }, size: 0, disks, notes: [] } };
} // prettier-ignore

/** Read once: the description does not change while a point is restored. */
function pointSource(repository: Repository, id: string, signal: AbortSignal): Source & { point(): Promise<PointManifest> } {
  let reading: ReturnType<typeof openPoint> | undefined;
  const read = () => (reading ??= openPoint(repository, id, signal));
  return { file: '', open: async () => (await read()).file, point: async () => (await read()).point };
} // prettier-ignore

/**
 * Makes a machine of a point, or goes on: `id` is the same when it does. Networks that it needs and that are gone are made
 * again. Throws ProblemError (`already-exists` where another machine has the name), KubeError, AbortError.
 */
export async function restoreMachine(
  target: OpenTarget,
  repository: Repository,
  id: string,
  input: RestorePoint,
  task: TaskHandle,
): Promise<void> {
  const source = pointSource(repository, input.point, task.signal);
  task.step('Check the file');
  const point = await source.point();
  await makeNetworks(target, point, input.namespace);
  // Started when all is as it was: a reserved address counts from the first start on.
  const vm = await importMachine(target, id, source, { ...input, start: false }, task);
  await putInOrder(target, vm, point, input);
  const start = input.start === 'if-it-ran' ? point.ran : input.start;
  if (start) await startAgain(target, (await source.open()).manifest, input, task);
}

/** Takes away what a restore made. */
export const undoRestore = (target: OpenTarget, repository: Repository, id: string, input: RestorePoint): Promise<void> =>
  undoImport(target, id, pointSource(repository, input.point, AbortSignal.timeout(300_000)), { ...input, start: false }); // prettier-ignore

async function makeNetworks({ client }: OpenTarget, point: PointManifest, into: string): Promise<void> {
  const namespaces = new Set([into]);
  const unlessThere = (error: unknown): void => {
    if (!(error instanceof KubeError) || error.code !== 409) throw error;
  };
  const kind = kinds.networkAttachmentDefinitions;
  const wanted = point.networks.map((network) => ({ ...network, namespace: network.namespace === point.namespace ? into : network.namespace })); // prettier-ignore
  for (const { namespace } of wanted) namespaces.add(namespace);
  for (const name of namespaces)
    if (name !== 'default')
      await client.create(kinds.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }).catch((error: unknown) => {
        // Who may not make namespaces works in those that are there.
        if (!(error instanceof KubeError) || error.code !== 403) unlessThere(error);
      }); // prettier-ignore
  for (const { namespace, name, labels, annotations, spec } of wanted) {
    const object = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { namespace, name, ...(labels && { labels }), ...(annotations && { annotations }) }, spec }; // prettier-ignore
    await client.create(kind, object).catch(unlessThere);
  }
}
