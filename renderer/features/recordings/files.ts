import type { Api } from '../../../main/contract/contract.ts';
import { saveFile } from '../console/save.ts';
import { ending, nameOfFile } from './names.ts';

/** Bytes that are sent at once. */
const pieceSize = 16 * 1024;

/** Hands a recording, or the serial console of one of its machines as asciicast, to the browser as a download. Rejects with Problems. */
export async function saveRecording(api: Api, name: string, as: { machine: number; of: string } | 'recording'): Promise<void> {
  const whole = as === 'recording';
  const pipe = await api.recordings.export(whole ? { name, as } : { name, as: 'asciicast', machine: as.machine });
  const parts: BlobPart[] = [];
  try {
    for await (const part of pipe.readable) parts.push(part.slice());
  } finally {
    pipe.close();
  }
  if (whole) saveFile(`${name}${ending}`, parts, 'application/octet-stream');
  else saveFile(`${name} ${as.of}.cast`, parts, 'application/x-asciicast');
} // prettier-ignore

/** Gives a file of this computer to the backend; resolves with the name that it got there. Rejects with Problems. */
export async function importRecording(api: Api, file: File, told: (share: number) => void): Promise<string> {
  const pipe = await api.recordings.import({ name: nameOfFile(file.name), size: file.size });
  const answer = (async (): Promise<string> => {
    let text = '';
    for await (const part of pipe.readable) text += new TextDecoder().decode(part);
    return text;
  })();
  // What is wrong with it may be known before all of it was sent: the answer says so.
  let over = false;
  answer.then(
    () => (over = true),
    () => (over = true),
  );
  const isOver = (): boolean => over;
  for (let at = 0; at < file.size && !isOver(); at += pieceSize) {
    const piece = new Uint8Array(await file.slice(at, at + pieceSize).arrayBuffer());
    await pipe.write(piece).catch(() => undefined); // the answer has the reason
    told(Math.min(1, (at + pieceSize) / file.size));
  }
  return (JSON.parse(await answer) as { name: string }).name;
}
