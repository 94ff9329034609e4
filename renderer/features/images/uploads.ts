import { Upload } from 'tus-js-client';
import type { Api } from '../../../main/contract/contract.ts';
import { asProblem, ProblemError } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import { forgetUpload, rememberUpload } from './upload-records.ts';
import type { UploadRecord } from './upload-records.ts';
import { t } from './text.ts';

export interface UploadItem extends UploadRecord {
  state: 'waiting' | 'uploading' | 'done' | 'failed';
  sent: number;
  /** Bytes a second over the last seconds. */
  rate?: number;
  taskId?: string;
  problem?: Problem;
}

const atOnce = 2;

/** Uploads of this window. They go on while other pages are looked at; tus finds the place again after a break. */
class Uploads {
  #items: readonly UploadItem[] = [];
  readonly #files = new Map<string, File>();
  readonly #running = new Map<string, Upload>();
  readonly #listeners = new Set<() => void>();

  readonly list = (): readonly UploadItem[] => this.#items;
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Adds a file under a name of the library, or goes on with one of that name. */
  add(api: Api, file: File, name: string, displayName: string): void {
    const record = { name, displayName, fileName: file.name, size: file.size, lastModified: file.lastModified };
    rememberUpload(localStorage, record);
    this.#files.set(name, file);
    this.#publish([...this.#items.filter((item) => item.name !== name), { ...record, state: 'waiting', sent: 0 }]);
    this.#next(api);
  }

  retry(api: Api, name: string): void {
    this.#change(name, { state: 'waiting' });
    this.#next(api);
  }

  /** Stops sending. What was sent stays on the other side until the image is removed. */
  async stop(api: Api, name: string): Promise<void> {
    await this.#running.get(name)?.abort();
    this.#running.delete(name);
    this.#files.delete(name);
    forgetUpload(localStorage, name);
    this.#publish(this.#items.filter((item) => item.name !== name));
    this.#next(api);
  }

  #next(api: Api): void {
    const item = this.#items.find((each) => each.state === 'waiting');
    const file = item && this.#files.get(item.name);
    if (!item || !file || this.#items.filter((each) => each.state === 'uploading').length >= atOnce) return;
    this.#change(item.name, { state: 'uploading' });
    void this.#send(api, item, file).then(
      () => this.#ended(api, item.name, { state: 'done', sent: item.size }),
      (error: unknown) => this.#ended(api, item.name, { state: 'failed', problem: asProblem(error) }),
    );
    this.#next(api);
  }

  #ended(api: Api, name: string, outcome: Partial<UploadItem>): void {
    this.#running.delete(name);
    if (outcome.state === 'done') {
      this.#files.delete(name);
      forgetUpload(localStorage, name);
    }
    this.#change(name, outcome);
    this.#next(api);
  }

  async #send(api: Api, item: UploadItem, file: File): Promise<void> {
    const { name, displayName, fileName, size, lastModified } = item;
    const ticket = await api.images.startUpload({ name, displayName, fileName, size, lastModified });
    this.#change(name, { taskId: ticket.taskId });
    const speed = new Speed();
    await new Promise<void>((resolve, reject) => {
      const upload = new Upload(file, {
        endpoint: new URL(ticket.endpoint, location.href).href,
        metadata: { uploadId: ticket.uploadId, filename: fileName },
        // The address of the half-finished upload is found again by what the backend knows it by, not by the file alone.
        fingerprint: () => Promise.resolve(`hearth-upload-${ticket.uploadId}`),
        chunkSize: 16 * 1024 * 1024,
        retryDelays: [500, 1000, 3000, 5000, 10_000, 20_000],
        removeFingerprintOnSuccess: true,
        onProgress: (sent) => this.#progress(name, sent, speed.rate(sent)),
        onSuccess: () => resolve(),
        onError: (error) => reject(uploadProblem(error)),
      });
      this.#running.set(name, upload);
      begin(upload).catch(reject);
    });
  }

  #progress(name: string, sent: number, rate: number | undefined): void {
    this.#change(name, { sent, ...(rate !== undefined && { rate }) });
  }

  #change(name: string, patch: Partial<UploadItem>): void {
    this.#publish(this.#items.map((item) => (item.name === name ? { ...item, ...patch } : item)));
  }

  #publish(items: readonly UploadItem[]): void {
    this.#items = items;
    for (const listener of this.#listeners) listener();
  }
}

/** Goes on with what was sent before, if anything was. */
async function begin(upload: Upload): Promise<void> {
  const [previous] = await upload.findPreviousUploads();
  if (previous) upload.resumeFromPreviousUpload(previous);
  upload.start();
}

/** Bytes a second, over about five seconds. */
class Speed {
  #points: { at: number; sent: number }[] = [];
  rate(sent: number): number | undefined {
    const at = performance.now();
    this.#points = [...this.#points.filter((point) => point.at > at - 5000), { at, sent }];
    const [first] = this.#points;
    if (!first || at - first.at < 500) return undefined;
    return ((sent - first.sent) / (at - first.at)) * 1000;
  }
}

/** tus hides the server's words in the answer's body: a Problem as JSON where the server sent one. */
function uploadProblem(error: Error): Error {
  const body = 'originalResponse' in error ? bodyOf(error.originalResponse) : undefined;
  if (body) {
    try {
      const problem = JSON.parse(body) as Problem;
      if (typeof problem.code === 'string' && typeof problem.title === 'string') return new ProblemError(problem);
    } catch {
      // Not a Problem: the plain message below serves.
    }
  }
  return new ProblemError({
    code: 'upload-failed',
    title: t('upload.stopped'),
    detail: body?.slice(0, 300) || t('upload.lost'),
    fix: t('upload.again'),
    output: [error.message.slice(0, 500)],
  });
}
const bodyOf = (response: unknown): string | undefined =>
  typeof response === 'object' && response !== null && 'getBody' in response && typeof response.getBody === 'function'
    ? String(response.getBody())
    : undefined;

export const uploads = new Uploads();
