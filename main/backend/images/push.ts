import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import { until } from '../snapshots/wait.ts';
import { KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';
import { imageReaches, isReady, transferText } from './follow.ts';
import type { ImageList } from './list.ts';
import { imageNamespace } from './manifest.ts';
import { sendUpload } from './upload-proxy.ts';
import { monotonic } from '../../contract/monotonic.ts';

const attempts = 3;

/**
 * Sends a local file into an image that waits for an upload, as CDI wants it: a token, then one POST. CDI cannot go on
 * with a broken upload, so it starts again from the first byte, three times. Resolves when the image is ready.
 */
export async function pushFile(
  target: OpenTarget,
  list: ImageList,
  name: string,
  file: string,
  task: TaskHandle,
): Promise<void> {
  const { size } = await stat(file);
  const phaseOf = (volume: KubeObject): string => pickText(volume, 'status', 'phase') ?? '';
  const waitsForBytes = (volume: KubeObject): boolean => isReady(volume) || phaseOf(volume) === 'UploadReady';
  for (let attempt = 1; ; attempt += 1) {
    const volume = await imageReaches(list, name, waitsForBytes, task);
    if (isReady(volume)) return;
    try {
      await send(target, { namespace: imageNamespace, name }, file, size, task);
      break;
    } catch (error) {
      if (task.signal.aborted) throw error;
      // 409: it has its data already (the answer of an earlier try was lost).
      if (error instanceof KubeError && error.code === 409) break;
      const passing = error instanceof KubeError && (error.code === 0 || error.code === 401 || error.code === 503);
      if (!passing || attempt === attempts) throw error;
      await wait(1000 * attempt, undefined, { signal: task.signal });
    }
  }
  task.update({ detail: 'Checking and converting', secondsLeft: undefined });
  await imageReaches(list, name, isReady, task);
}

/** Sends a local file into a DataVolume of any namespace that waits for an upload, once. Resolves when the target has all bytes. */
export async function sendImage(target: OpenTarget, ref: ObjectRef, file: string, task: TaskHandle): Promise<void> {
  const ready = await until(target, kinds.dataVolumes, ref, task.signal, (volume) => {
    if (!volume) return undefined;
    return isReady(volume) ? 'done' : pickText(volume, 'status', 'phase') === 'UploadReady' ? 'waits' : undefined;
  });
  if (ready === 'waits') await send(target, ref, file, (await stat(file)).size, task);
}

async function send(target: OpenTarget, ref: ObjectRef, file: string, size: number, task: TaskHandle): Promise<void> {
  const request = await target.client.create(kinds.uploadTokenRequests, {
    apiVersion: 'upload.cdi.kubevirt.io/v1beta1',
    kind: 'UploadTokenRequest',
    metadata: ref,
    spec: { pvcName: ref.name },
  });
  const token = pickText(request, 'status', 'token');
  if (!token)
    throw new ProblemError({
      code: 'upload-no-token',
      title: 'The target gives no upload token',
      detail: `UploadTokenRequest for ${ref.name} was answered without a token.`,
    });
  let sent = 0;
  let told = 0;
  const started = monotonic();
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      sent += chunk.length;
      if (monotonic() - told > 250) {
        told = monotonic();
        const rate = (sent / Math.max(1, told - started)) * 1000;
        task.update({ progress: sent / size, ...transferText(sent, size, rate) });
      }
      next(null, chunk);
    },
  });
  await sendUpload(target.client, {
    token,
    size,
    signal: task.signal,
    body() {
      const source = createReadStream(file, { highWaterMark: 1024 * 1024 });
      source.on('error', (error) => counter.destroy(error));
      counter.once('close', () => source.destroy());
      return source.pipe(counter);
    },
  });
}
