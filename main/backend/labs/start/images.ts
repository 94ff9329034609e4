import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { labLabel } from '../../../contract/labs/words.ts';
import type { LabFile } from '../../../contract/labs/file.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { checkLocalFile } from '../../images/local-file.ts';
import { readCatalogue } from '../../images/catalogue.ts';
import { importProgress, importProblem, isReady } from '../../images/follow.ts';
import { imageObject, kindOfName } from '../../images/manifest.ts';
import { sendImage } from '../../images/push.ts';
import { imageStatus } from '../../images/row.ts';
import { assetsFolder } from '../../paths.ts';
import { until } from '../../snapshots/wait.ts';
import { KubeError } from '../../target/kube-error.ts';
import { kinds } from '../../target/kinds.ts';
import { pickText } from '../../target/pick.ts';
import type { OpenTarget } from '../../target/target.ts';
import type { Workspace } from '../../targets/workspace.ts';
import type { TaskHandle, Tasks } from '../../tasks/tasks.ts';
import { imageFile } from '../packs/manifest.ts';
import { imagePlace } from '../file/objects.ts';
import { imageWay } from '../preview/images.ts';
import type { LabImage } from '../preview/images.ts';

interface Place {
  workspace: Workspace;
  tasks: Tasks;
  /** Of the lab: `images/NAME` lies in it. */
  folder: string;
}

/** Makes every image of a lab ready: those of the library there, all others in the lab's own namespace. */
export async function readyImages(lab: LabFile, place: Place, task: TaskHandle): Promise<void> {
  const { target } = place.workspace;
  const catalogue = await readCatalogue(assetsFolder);
  for (const image of lab.images) {
    task.signal.throwIfAborted();
    const way = await imageWay(lab, image, target, catalogue);
    if (way.type === 'there') continue;
    if (way.type === 'missing') throw missing(image);
    task.update({ detail: `Image ${image.name}` });
    if (way.type === 'catalogue') await fromCatalogue(image, way.entry.id, place, task);
    else await intoNamespace(lab, image, place, task);
  }
  task.update({ detail: undefined });
}

const missing = (image: LabImage): ProblemError =>
  new ProblemError({
    code: 'lab-image-missing',
    title: 'An image is missing',
    detail: `The image library has no image "${image.use}", and neither has the catalogue.`,
    fix: 'Add it to the image library under this name.',
  });

/** As if somebody had added it on the Images page: it stays there when the lab ends. */
async function fromCatalogue(image: LabImage, id: string, { workspace, tasks }: Place, task: TaskHandle): Promise<void> {
  const there = await volumeOf(workspace.target, { namespace: 'hearth-images', name: id });
  const importing = there && imageStatus(there, true).state === 'importing';
  if (!importing || id === 'starter') {
    const { taskId } = await workspace.images.handlers.addFromCatalogue({ id }, { signal: task.signal });
    for await (const _ of tasks.watch(task.signal)) {
      const now = tasks.get(taskId);
      if (!now || now.state === 'done') break;
      if (now.state !== 'running') throw new ProblemError(now.problem ?? { code: 'lab-image-missing', title: 'An image was not added', detail: `${image.name}: somebody stopped it.` });
      const step = now.steps.find(({ state }) => state === 'running')?.title ?? '';
      task.update({ detail: `Image ${image.name}: ${step} ${now.detail ?? ''}`.trim(), progress: now.progress, secondsLeft: now.secondsLeft });
    }
    task.signal.throwIfAborted();
  } else await untilReady(workspace.target, { namespace: 'hearth-images', name: id }, task);
  task.update({ progress: undefined, secondsLeft: undefined });
} // prettier-ignore

async function volumeOf(target: OpenTarget, { namespace, name }: { namespace: string; name: string }) {
  return target.client.get(kinds.dataVolumes, namespace, name).catch((error: unknown): undefined => {
    if (!(error instanceof KubeError) || error.code !== 404) throw error;
  });
}

/** An image that is the lab's own: it is fetched (or comes out of the pack), compared with its digest, and goes with the lab. */
async function intoNamespace(lab: LabFile, image: LabImage, { workspace, folder }: Place, task: TaskHandle): Promise<void> {
  const { target } = workspace;
  const ref = imagePlace(lab, image);
  const file = await fileOf(folder, image);
  if (file !== undefined) await compare(file, image.sha256 ?? '', task.signal);
  const shared = target.state.value.capabilities.some(({ id, supported }) => id === 'localFiles' && supported);
  const found = await volumeOf(target, ref);
  if (!found) {
    const source = file === undefined
      ? ({ type: 'http', url: image.url ?? '', checksum: `sha256:${image.sha256 ?? ''}` } as const)
      : shared ? ({ type: 'path', path: file, mode: 'copy' } as const) : ({ type: 'upload' } as const);
    const made = imageObject({ name: ref.name, displayName: image.name, origin: image.url ?? image.file ?? '', source, kind: kindOfName(image.url ?? image.file ?? ''), ...(image.size !== undefined && { virtualSize: image.size }) });
    // No image of the library: only this lab starts from it.
    await target.client.create(kinds.dataVolumes, { ...made, metadata: { ...made.metadata, namespace: ref.namespace, labels: { [labLabel]: lab.metadata.name } } }, { signal: task.signal });
  }
  if (file !== undefined && !shared) await sendImage(target, ref, file, task);
  await untilReady(target, ref, task);
} // prettier-ignore

/** The file of the pack itself, not what a link in it leads to; undefined for an image that the pack does not bring along. */
async function fileOf(folder: string, image: LabImage): Promise<string | undefined> {
  const name = imageFile(image);
  if (name === undefined) return undefined;
  const wanted = join(folder, name);
  if (image.file === undefined && !(await stat(wanted).then(() => true, () => false))) return undefined;
  const { path } = await checkLocalFile(wanted);
  if (path === join(await realpath(folder), name)) return path;
  throw new ProblemError({ code: 'lab-image-wrong', title: 'An image of the lab is no file of it', detail: `${name} leads out of the lab's folder.`, kind: 'denied' });
} // prettier-ignore

async function compare(file: string, wanted: string, signal: AbortSignal): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { signal, highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer);
  const found = hash.digest('hex');
  if (found === wanted) return;
  throw new ProblemError({
    code: 'lab-image-wrong',
    title: 'An image of the lab is not what its file says',
    detail: `${file} has the SHA-256 ${found}, and the lab file says ${wanted}.`,
    fix: 'Get the lab again: it was damaged or changed on its way.',
  });
}

/** Waits until the target has an image whole; its failure is thrown with the target's reason. */
export async function untilReady(target: OpenTarget, ref: { namespace: string; name: string }, task: TaskHandle): Promise<void> {
  await until(target, kinds.dataVolumes, ref, task.signal, (volume) => {
    if (!volume) return undefined; // the watch may be a moment behind
    if (isReady(volume)) return true;
    const { state, problem } = imageStatus(volume, true);
    if (state === 'failed') throw importProblem(volume, problem ?? pickText(volume, 'status', 'phase') ?? '');
    task.update(importProgress(volume));
    return undefined;
  });
} // prettier-ignore
