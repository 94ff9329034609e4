import type { Api } from '../../../main/contract/contract.ts';
import { sendUpload } from '../../lib/send-upload.ts';

/** Sends a machine file to Hearth; the same file goes on where it stopped. Resolves with what the upload is known by. */
export async function sendFile(
  api: Api,
  file: File,
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<string> {
  const ticket = await api.transfer.startUpload({
    fileName: file.name,
    size: file.size,
    lastModified: file.lastModified,
  });
  await sendUpload(ticket, file, signal, progress);
  return ticket.uploadId;
}
