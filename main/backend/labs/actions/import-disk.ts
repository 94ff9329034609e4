import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { LabAction } from '../../../contract/labs/actions.ts';
import { labLabel } from '../../../contract/labs/words.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { isReady, transferText } from '../../images/follow.ts';
import { sendImage } from '../../images/push.ts';
import { privateFolder } from '../../paths.ts';
import { isNotFound } from '../../target/kube-error.ts';
import { apiVersionOf, kinds } from '../../target/kinds.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import { endpointsOf } from '../checks/endpoints.ts';
import { untilReady } from '../start/images.ts';
import type { ActionContext } from './context.ts';
import { monotonic } from '../../../contract/monotonic.ts';

type What = NonNullable<LabAction['importDisk']>;

/** Bytes of a file at most. */
const most = 16 * 2 ** 30;

/**
 * Fetches a file from a web server inside of a machine of the lab, through the target, and makes a disk of it as CDI takes
 * one by upload. A disk of this name that is whole is what was asked for. Throws `lab-file-not-served`, KubeError.
 */
export async function importDisk(what: What, context: ActionContext, task: TaskHandle): Promise<void> {
  const { namespace, workspace, folder, lab } = context;
  const { target } = workspace;
  const ref = { namespace, name: what.disk };
  const kind = kinds.dataVolumes;
  const there = await target.client.get(kind, namespace, what.disk).catch((error: unknown): undefined => {
    if (!isNotFound(error)) throw error;
  });
  if (there && isReady(there)) return;
  await privateFolder(join(folder, 'exports'));
  const file = join(folder, 'exports', `${what.disk}.part`);
  try {
    await download(what, context, file, task);
    const volume = {
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      metadata: {
        ...ref,
        labels: { [labLabel]: lab.metadata.name },
        annotations: { 'cdi.kubevirt.io/storage.bind.immediate.requested': 'true' },
      },
      spec: { source: { upload: {} }, storage: { resources: { requests: { storage: what.size } } } },
    };
    if (!there) await target.client.create(kind, volume, { signal: task.signal });
    await sendImage(target, ref, file, task);
    task.update({ detail: 'Checking and converting', secondsLeft: undefined });
    await untilReady(target, ref, task);
  } finally {
    await rm(file, { force: true });
  }
}

async function download(what: What, context: ActionContext, file: string, task: TaskHandle): Promise<void> {
  const { machine, port, path } = what;
  const { target } = context.workspace;
  const refuse = (detail: string): ProblemError =>
    new ProblemError({ code: 'lab-file-not-served', title: `${machine} does not hand out ${path}`, detail });
  const eyes = { target, namespace: context.namespace };
  const { all, none } = await endpointsOf(eyes, { machine, port }, task.signal);
  if (!all) throw refuse(none);
  const stream = await all[0].open(task.signal);
  try {
    const answer = await ask(stream, machine, path, task.signal);
    if (answer.statusCode !== 200) throw refuse(`It answers ${answer.statusCode}.`);
    const total = Number(answer.headers['content-length'] ?? Number.NaN);
    let [done, told] = [0, 0];
    const began = monotonic();
    const count = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        done += chunk.length;
        if (monotonic() - told > 250) {
          told = monotonic();
          task.update(transferText(done, Number.isFinite(total) ? total : undefined, (done / Math.max(1, told - began)) * 1000)); // prettier-ignore
        }
        next(done > most ? refuse('It is too large.') : undefined, chunk);
      },
    });
    await pipeline(answer, count, createWriteStream(file, { mode: 0o600 }), { signal: task.signal });
    if (Number.isFinite(total) && done !== total) throw refuse(`It ended after ${done} of ${total} bytes.`);
  } finally {
    stream.destroy();
  }
}

const ask = (stream: Duplex, host: string, path: string, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const asking = request({ createConnection: () => stream, path, headers: { host, connection: 'close' }, signal });
    asking.once('response', resolve);
    asking.once('error', reject);
    asking.end();
  });
