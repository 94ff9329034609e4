import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Commands of TPM 2.0 (TCG's specification, part 3) with the empty password: an index of 6 bytes in the non-volatile memory. */
const command = (code: string, rest: string): Buffer => {
  const body = `${code}${rest}`;
  return Buffer.from(`8002${(6 + body.length / 2).toString(16).padStart(8, '0')}${body}`, 'hex');
};
const owner = '40000001';
const index = '01500016';
const password = '00000009400000090000000000';
const define = command('0000012a', `${owner}${password}0000000e${index}000b0206000600000006`);
const write = (six: string): Buffer =>
  command('00000137', `${owner}${index}${password}0006${Buffer.from(six).toString('hex')}0000`);
const read = command('0000014e', `${owner}${index}${password}00060000`);
/** TPM_RC_SUCCESS stands after tag and size. */
const succeeded = (answer: Buffer): boolean => answer.readUInt32BE(6) === 0;

/** Its socket is there a moment before it listens. */
async function reached(path: string, child: ChildProcess): Promise<Socket> {
  for (let looks = 0; looks < 500 && child.exitCode === null; looks += 1) {
    const socket = connect(path);
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (open) return socket;
    await wait(10);
  }
  throw new Error('swtpm did not start');
}

/** Runs swtpm on a TPM that nobody else has open, as long as `work` takes. */
async function withTpm<T>(state: string, work: (ask: (bytes: Buffer) => Promise<Buffer>) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-tpm-'));
  const [data, control] = [join(folder, 's'), join(folder, 'c')];
  const child = spawn(
    'swtpm',
    ['socket', '--tpm2', '--tpmstate', `dir=${state}`, '--server', `type=unixio,path=${data}`, '--ctrl', `type=unixio,path=${control}`, '--flags', 'not-need-init,startup-clear'],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  ); // prettier-ignore
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    const socket = await reached(data, child);
    const ask = (bytes: Buffer): Promise<Buffer> =>
      new Promise((resolve, reject) => {
        socket.once('data', resolve);
        socket.once('error', reject);
        socket.write(bytes);
      });
    const answer = await work(ask);
    socket.destroy();
    return answer;
  } finally {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes six letters into the non-volatile memory of a TPM at rest. */
export const writeNv = (state: string, six: string): Promise<void> =>
  withTpm(state, async (ask) => {
    const answers = [await ask(define), await ask(write(six))];
    if (!answers.every(succeeded)) throw new Error(`the TPM refused: ${answers.map((each) => each.toString('hex')).join(' ')}`);
  }); // prettier-ignore
/** What stands there; undefined where nothing was ever written. */
export const readNv = (state: string): Promise<string | undefined> =>
  withTpm(state, async (ask) => {
    const answer = await ask(read);
    // Header (10), size of parameters (4), size of the buffer (2), the buffer.
    return succeeded(answer) ? answer.toString('latin1', 16, 22) : undefined;
  });
