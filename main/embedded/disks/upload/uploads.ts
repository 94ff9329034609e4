import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { persistentVolumeClaims } from '../../kube/resources.ts';
import { notFound } from '../../kube/status-error.ts';
import type { UploadSink } from '../../kube/subresource.ts';
import type { EngineContext } from '../../kube/context.ts';
import type { Base } from '../base/bases.ts';
import type { Filling } from '../datavolume/filling.ts';
import { roomOf } from '../datavolume/size.ts';
import { freeSpace, requireSpace } from '../files.ts';
import { readable } from '../../kube/quantity.ts';
import { Refusal, textOf, toRefusal } from '../refusal.ts';
import { SparseFile } from '../source/sparse.ts';
import { Tokens } from './tokens.ts';

type Answer = { code: number; message: string };
interface Received {
  file: string;
  id: string;
}
/** An upload that a DataVolume waits for. */
interface Slot {
  key: string;
  filling: Filling;
  busy: boolean;
  received(data: Received): void;
  /** Settles when the DataVolume has its base, or failed. */
  ended: Promise<Base>;
}

/** CDI's upload endpoint: bytes in, one at a time for each claim, then a base like any other. */
export class Uploads implements UploadSink {
  private readonly context: EngineContext;
  private readonly tokens = new Tokens();
  private readonly slots = new Map<string, Slot>();
  private readonly done = new Set<string>();
  constructor(context: EngineContext) {
    this.context = context;
  }

  /** The DataVolume's side: waits for the bytes and makes the base of them. */
  async receive(filling: Filling): Promise<Base> {
    const { claim, status, signal, storage, work, hold } = filling;
    const key = `${claim.metadata.namespace}/${claim.metadata.name}`;
    signal.throwIfAborted();
    this.done.delete(key);
    status.set({ phase: 'UploadScheduled', progress: undefined });
    status.event('Normal', 'UploadScheduled', `Upload into ${claim.metadata.name} scheduled`);
    let received: (data: Received) => void = () => undefined;
    const bytes = new Promise<Received>((resolve, reject) => {
      received = resolve;
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    const ended = bytes.then(async ({ file, id }) => {
      const room = roomOf(claim);
      return storage.lanes.run(signal, () =>
        storage.ingest.run({
          file,
          owned: true,
          id,
          work,
          signal,
          hold,
          ...(room === undefined ? {} : { limit: room }),
          progress: (part) => status.progress(part),
        }),
      );
    });
    this.slots.set(key, { key, filling, busy: false, received, ended });
    status.set({
      phase: 'UploadReady',
      progress: undefined,
      running: { status: 'True', reason: 'Pod is running', message: '' },
    });
    status.event('Normal', 'UploadReady', `Upload into ${claim.metadata.name} ready`);
    try {
      const base = await ended;
      this.done.add(key);
      return base;
    } finally {
      this.slots.delete(key);
    }
  }

  issueToken(namespace: string, claim: string): string {
    if (!this.context.store.get(persistentVolumeClaims, namespace, claim))
      throw notFound('persistentvolumeclaims', claim);
    return this.tokens.issue(namespace, claim);
  }

  probe(token: string): Answer {
    const found = this.find(token);
    return 'code' in found ? found : { code: 200, message: '' };
  }

  async accept(
    token: string,
    body: Readable,
    options: { mode: 'sync' | 'async'; size?: number; signal: AbortSignal },
  ): Promise<Answer> {
    const slot = this.find(token);
    if ('code' in slot) return slot;
    slot.busy = true;
    try {
      slot.received(await this.take(slot.filling, body, options));
      if (options.mode === 'sync') await slot.ended;
      return { code: 200, message: '' };
    } catch (error) {
      slot.busy = false;
      const refusal = toRefusal(error);
      const { status, signal } = slot.filling;
      if (!signal.aborted && this.slots.get(slot.key) === slot) {
        status.set({ progress: undefined });
        status.event('Warning', 'UploadInterrupted', refusal.message);
      }
      this.context.log.warn({ error }, 'An upload failed');
      return {
        code: refusal.code === 'NotEnoughSpace' ? 507 : options.signal.aborted ? 499 : 400,
        message: refusal.message,
      };
    }
  }

  private find(token: string): Slot | Answer {
    const claim = this.tokens.check(token);
    if (!claim)
      return { code: 401, message: 'The upload token is unknown or older than five minutes. Ask for a new one.' };
    const key = `${claim.namespace}/${claim.claim}`;
    const slot = this.slots.get(key);
    if (slot && !slot.busy) return slot;
    if (slot) return { code: 503, message: 'Another upload into this claim is under way.' };
    const phase = this.context.store.get(persistentVolumeClaims, claim.namespace, claim.claim)?.metadata.annotations?.[
      'cdi.kubevirt.io/storage.pod.phase'
    ];
    if (this.done.has(key) || phase === 'Succeeded') return { code: 409, message: 'This claim has its data already.' };
    return { code: 503, message: 'The claim is not ready for an upload.' };
  }

  private async take(
    { work, status, signal }: Filling,
    body: Readable,
    options: { size?: number; signal: AbortSignal },
  ): Promise<Received> {
    if (options.size !== undefined) await requireSpace(work, options.size, 'The upload');
    const path = join(work, 'upload');
    const hash = createHash('sha256');
    const file = await SparseFile.open(path);
    const free = await freeSpace(work);
    const stop = (): void => void body.destroy(new Refusal('Cancelled', 'The upload was stopped.'));
    for (const source of [signal, options.signal]) source.addEventListener('abort', stop, { once: true });
    try {
      for await (const chunk of body) {
        hash.update(chunk as Buffer);
        await file.append(chunk as Buffer);
        if (file.written + 128 * 2 ** 20 > free)
          throw new Refusal(
            'NotEnoughSpace',
            `The upload has more than ${readable(file.written)} of data, and the disk of this computer has no more room.`,
          );
        if (options.size) status.progress(file.length / options.size, { done: file.length, total: options.size });
      }
      if (options.size !== undefined && file.length !== options.size)
        throw new Refusal(
          'Truncated',
          `The upload ended after ${file.length} of ${options.size} bytes. Send it again.`,
        );
    } catch (error) {
      await file.abandon();
      await rm(path, { force: true });
      throw error instanceof Refusal
        ? error
        : new Refusal('UploadBroken', `The upload broke off (${textOf(error)}). Send it again.`, { cause: error });
    } finally {
      for (const source of [signal, options.signal]) source.removeEventListener('abort', stop);
    }
    await file.close();
    return { file: path, id: hash.digest('hex') };
  }
}
