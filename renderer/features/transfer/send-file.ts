import { Upload } from 'tus-js-client';
import type { Api } from '../../../main/contract/contract.ts';

/** Sends a machine file to Hearth; the same file goes on where it stopped. Resolves with what the upload is known by. */
export async function sendFile(
  api: Api,
  file: File,
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<string> {
  const { uploadId, endpoint } = await api.transfer.startUpload({
    fileName: file.name,
    size: file.size,
    lastModified: file.lastModified,
  });
  await new Promise<void>((resolve, reject) => {
    const upload = new Upload(file, {
      endpoint: new URL(endpoint, location.href).href,
      metadata: { uploadId, filename: file.name },
      fingerprint: () => Promise.resolve(`hearth-upload-${uploadId}`),
      chunkSize: 16 * 1024 * 1024,
      retryDelays: [500, 1000, 3000, 5000, 10_000, 20_000],
      removeFingerprintOnSuccess: true,
      onProgress: (sent) => progress(sent / file.size),
      onSuccess: () => resolve(),
      onError: reject,
    });
    signal.addEventListener('abort', () => {
      void upload.abort();
      reject(new DOMException('stopped', 'AbortError'));
    });
    upload.findPreviousUploads().then(([previous]) => {
      if (previous) upload.resumeFromPreviousUpload(previous);
      upload.start();
    }, reject);
  });
  return uploadId;
}
