import { DetailedError, Upload } from 'tus-js-client';
import { ProblemError } from '../../main/contract/problem.ts';
import type { Problem } from '../../main/contract/problem.ts';

/** Where a file goes, as the backend announced it. */
export interface UploadTicket {
  uploadId: string;
  endpoint: string;
}

/**
 * Sends a file to where it was announced; the same file goes on where it stopped. `progress`: the part that was sent, 0..1.
 * Rejects with an AbortError by `signal`, with the Problem that the backend answers, and when tries of a minute led nowhere.
 */
export function sendUpload(
  { uploadId, endpoint }: UploadTicket,
  file: File,
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const upload = new Upload(file, {
      endpoint: new URL(endpoint, location.href).href,
      metadata: { uploadId, filename: file.name },
      fingerprint: () => Promise.resolve(`hearth-upload-${uploadId}`),
      chunkSize: 16 * 1024 * 1024,
      retryDelays: [500, 1000, 3000, 5000, 10_000, 20_000],
      removeFingerprintOnSuccess: true,
      onProgress: (sent) => progress(sent / file.size),
      onSuccess: () => resolve(),
      onError: (error) => reject(problemIn(error) ?? error),
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
}

/** What the backend said, when it was the backend that refused. */
function problemIn(error: unknown): ProblemError | undefined {
  const said = error instanceof DetailedError ? error.originalResponse?.getBody() : undefined;
  try {
    const problem = JSON.parse(said ?? '') as Partial<Problem> | null;
    return problem?.code && problem.title ? new ProblemError(problem as Problem) : undefined;
  } catch {
    return undefined; // an error of the connection, or of something in between
  }
}
