import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGuestSsh } from '../../../../main/backend/labs/checks/guest-ssh.ts';
import type { GuestSsh } from '../../../../main/backend/labs/checks/guest-ssh.ts';
import { look } from '../../../../main/backend/labs/checks/look.ts';
import type { Look, LookContext } from '../../../../main/backend/labs/checks/look-types.ts';
import { commonAddress, readPing } from '../../../../main/backend/labs/checks/ping.ts';
import { sshLost } from '../../../../main/backend/ssh/problems.ts';
import type { Probe } from '../../../../main/contract/labs/checks.ts';
import { labTarget, namespace, object, probe, running } from '../../../support/labs/lab-target.ts';
import type { LabTarget } from '../../../support/labs/lab-target.ts';
import { sshdPath, startSshd, startWire } from '../../../support/sshd.ts';
import type { TestSshd } from '../../../support/sshd.ts';

const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log } as unknown as Parameters<typeof createGuestSsh>[0]['log']; // prettier-ignore

// A busy computer makes handshakes slow.
describe.skipIf(!sshdPath)('the ssh probe', { timeout: 90_000 }, () => {
  let lab: LabTarget;
  let sshd: TestSshd;
  let folder: string;
  let ssh: GuestSsh;
  let context: LookContext;
  beforeAll(async () => {
    [lab, sshd] = await Promise.all([labTarget(), startSshd()]);
  });
  afterAll(async () => {
    await sshd?.stop();
    await lab?.close();
  });
  const open = (): void => {
    ssh = createGuestSsh({ target: lab.context.target, namespace, folder, userOf: () => sshd.user, log });
    context = { ...lab.context, ssh };
  };
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'hearth-lab-ssh-')), 'keys');
    mkdirSync(folder, { mode: 0o700 });
    for (const end of ['', '.pub']) copyFileSync(`${sshd.key}${end}`, join(folder, `id_ed25519${end}`));
    open();
    lab.requests.length = 0;
    lab.objects = [...running('web'), object('VirtualMachine', 'off')];
    lab.ports.set('web:22', sshd.port);
  });
  afterEach(() => {
    ssh.close();
    rmSync(join(folder, '..'), { recursive: true });
  });
  const see = (ssh: Partial<NonNullable<Probe['ssh']>>, timeout = '40s'): Promise<Look> =>
    look(probe({ ssh }), context, { timeout, signal: new AbortController().signal });

  it('is true for a command that ends and prints as it has to', async () => {
    expect(await see({ machine: 'web', command: 'echo 3', equals: '3' })).toEqual({ passed: true });
    expect(await see({ machine: 'web', command: 'exit 7', exit: 7 })).toEqual({ passed: true });
    expect(await see({ machine: 'web', command: 'cat', equals: '' })).toEqual({ passed: true }); // nobody types
    expect(await see({ machine: 'web', command: 'seq 1 100000', contains: '1\n2\n3' })).toEqual({ passed: true });
  });
  it('logs in once for many commands, also at the same time', async () => {
    const looks = await Promise.all([1, 2, 3, 4].map((each) => see({ machine: 'web', command: `echo ${each}`, equals: `${each}` }))); // prettier-ignore
    expect(looks.every(({ passed }) => passed)).toBe(true);
    expect(lab.requests.filter((each) => each.endsWith('/virtualmachines/web'))).toHaveLength(1);
  });
  it('is false for one that does not, and says what it said', async () => {
    expect(await see({ machine: 'web', command: 'ls /no-such-place' })).toMatchObject({ passed: false, told: expect.stringMatching(/^On web the command ended with 2 instead of 0: “.*no-such-place.*”\.$/) as string }); // prettier-ignore
    expect(await see({ machine: 'web', command: 'echo 4', equals: '3' })).toEqual({ passed: false, told: 'What it prints on web is “4”, not “3”.' }); // prettier-ignore
    expect(await see({ machine: 'off', command: 'true' })).toEqual({ passed: false, told: 'off is off: start it.' });
    lab.ports.set('web:22', 'cut');
    open();
    expect(await see({ machine: 'web', command: 'true' })).toMatchObject({ passed: false, told: expect.stringContaining('does not answer over SSH yet') as string }); // prettier-ignore
    lab.ports.set('web:22', { code: 500, text: 'dialing VM: connection refused' });
    expect(await see({ machine: 'web', command: 'true' })).toEqual({ passed: false, told: 'web does not answer over SSH yet: it is closed.' }); // prettier-ignore
  });
  it('asks once more on a new login when one that was kept has ended, and says so when that ends, too', async () => {
    let lost = 1;
    const run: GuestSsh['run'] = (machine, what, signal) =>
      lost-- > 0 ? Promise.reject(sshLost(machine)) : ssh.run(machine, what, signal);
    context = { ...context, ssh: { ...ssh, run } };
    expect(await see({ machine: 'web', command: 'echo on', equals: 'on' })).toEqual({ passed: true });
    lost = 2;
    expect(await see({ machine: 'web', command: 'echo on' })).toEqual({ passed: false, told: 'The SSH connection was lost: The connection to web ended.' }); // prettier-ignore
  });
  it('gives up a command and a silent server in time, and goes on after that', async () => {
    expect(await see({ machine: 'web', command: 'sleep 30' }, '1s')).toEqual({ passed: false, told: 'There was no answer within 1 s.' }); // prettier-ignore
    expect(await see({ machine: 'web', command: 'echo on' })).toEqual({ passed: true });
    open();
    lab.ports.set('web:22', 'silent');
    expect(await see({ machine: 'web', command: 'true' }, '500ms')).toEqual({ passed: false, told: 'There was no answer within 500 ms.' }); // prettier-ignore
    ssh.close();
    open();
    lab.ports.set('web:22', sshd.port);
    expect(await see({ machine: 'web', command: 'echo on' })).toEqual({ passed: true });
  });
  it('goes on with a login that takes longer than a look, and a later look finds it there', async () => {
    // A guest that thinks for long before it greets.
    const slow = await startWire(sshd.port, 6000);
    lab.ports.set('web:22', slow.port);
    const looks: Look[] = [];
    while (looks.length < 10 && !looks.at(-1)?.passed) looks.push(await see({ machine: 'web', command: 'true' }, '4s'));
    expect(looks.at(0)).toEqual({ passed: false, told: 'There was no answer within 4 s.' });
    expect(looks.at(-1)).toEqual({ passed: true });
    expect(lab.requests.filter((each) => each.endsWith('/virtualmachines/web'))).toHaveLength(1);
    await slow.close();
  });
  it('logs in anew after the connection was lost', async () => {
    expect(await see({ machine: 'web', command: 'true' })).toEqual({ passed: true });
    // The server's process of this connection ends, as at a restart of the guest.
    await see({ machine: 'web', command: 'kill -9 $PPID' });
    expect(await see({ machine: 'web', command: 'true' })).toEqual({ passed: true });
  });
  it('cannot look at a machine that does not take the key, or shows another host key, and says so', async () => {
    expect(await see({ machine: 'web', command: 'true' })).toEqual({ passed: true });
    expect(statSync(join(folder, 'machines.json')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'machines.json'), 'utf8')).toContain(sshd.fingerprint);
    await sshd.renewHostKeys();
    open();
    expect(await see({ machine: 'web', command: 'true' })).toMatchObject({ trouble: true, told: expect.stringContaining('host key of the machine is another one') as string }); // prettier-ignore
    await ssh.forget();
    expect(await see({ machine: 'web', command: 'true' })).toEqual({ passed: true });
    // Another machine of the same name is another one.
    lab.objects = running('web').map((each) => ({ ...each, metadata: { ...each.metadata, uid: 'new' } }));
    await sshd.renewHostKeys();
    open();
    expect(await see({ machine: 'web', command: 'true' })).toEqual({ passed: true });
    for (const end of ['', '.pub']) copyFileSync(`${sshd.strangerKey}${end}`, join(folder, `id_ed25519${end}`));
    open();
    expect(await see({ machine: 'web', command: 'true' })).toMatchObject({ trouble: true, told: expect.stringContaining('did not let us in') as string }); // prettier-ignore
  });
  it('is what the ping probe uses', async () => {
    const ping = (ping: Partial<NonNullable<Probe['ping']>>): Promise<Look> =>
      look(probe({ ping }), context, { timeout: '10s', signal: new AbortController().signal });
    expect(await ping({ from: 'web', to: '-f localhost' })).toEqual({ passed: false, trouble: true, told: '-f localhost is neither a name nor an address.' }); // prettier-ignore
    expect(await ping({ from: 'web', to: 'localhost;reboot' })).toMatchObject({ trouble: true });
    expect(await ping({ from: 'off', to: 'web' })).toEqual({ passed: false, told: 'off is off: start it.' });
  });
});

describe('the ping probe', () => {
  const said = (out: string): LookContext => ({
    ...lab.context,
    ssh: { ...lab.context.ssh, run: (_machine, { command }) => Promise.resolve({ exit: 0, out: out.replace('COMMAND', command), err: '' }) }, // prettier-ignore
  });
  const see = (ping: Partial<NonNullable<Probe['ping']>>, out: string): Promise<Look> =>
    look(probe({ ping: { from: 'web', to: 'db', ...ping } }), said(out), { timeout: '5s', signal: new AbortController().signal }); // prettier-ignore
  let lab: LabTarget;
  beforeAll(async () => {
    lab = await labTarget();
    lab.objects = [...running('web'), ...running('db')];
  });
  afterAll(() => lab.close());
  const busybox = (loss: number): string =>
    `PING db (10.9.0.2): 56 data bytes\n\n--- db ping statistics ---\n20 packets transmitted, 16 packets received, ${loss}% packet loss\nround-trip min/avg/max = 0.4/0.5/0.6 ms\n`; // prettier-ignore
  const iputils = (loss: number): string =>
    `PING db (10.9.0.2) 56(84) bytes of data.\n\n--- db ping statistics ---\n20 packets transmitted, 17 received, +3 errors, ${loss}% packet loss, time 19021ms\n`; // prettier-ignore

  it('reads both programs', () => {
    expect(readPing(busybox(20))).toEqual({ loss: 20, unknown: false });
    expect(readPing(iputils(14.2857))).toEqual({ loss: 14.2857, unknown: false });
    expect(readPing("ping: bad address 'db'\n")).toEqual({ unknown: true });
    expect(readPing('ping: db: Name or service not known\n')).toEqual({ unknown: true });
    expect(readPing('ping: db: Temporary failure in name resolution')).toEqual({ unknown: true });
  });
  it('is true inside of the bounds', async () => {
    expect(await see({}, busybox(0))).toEqual({ passed: true });
    expect(await see({ loss: { atLeast: 5, atMost: 60 } }, iputils(20))).toEqual({ passed: true });
    expect(await see({ loss: { atLeast: 100 } }, busybox(100))).toEqual({ passed: true });
    expect(await see({ loss: { atLeast: 100 } }, 'ping: sendto: Network is unreachable')).toEqual({ passed: true });
  });
  it('is false outside of them, and says how it is', async () => {
    expect(await see({}, busybox(20))).toEqual({ passed: false, told: 'From web to db 20 % of 3 packets were lost; at most 0 % may be.' }); // prettier-ignore
    expect(await see({ loss: { atLeast: 5 } }, busybox(0))).toEqual({ passed: false, told: 'From web to db 0 % of 3 packets were lost; at least 5 % have to be.' }); // prettier-ignore
    expect(await see({}, "ping: bad address 'db'")).toEqual({ passed: false, told: 'web knows no db: its name is not answered.' }); // prettier-ignore
    expect(await see({}, 'ping: sendto: Network is unreachable')).toEqual({ passed: false, told: 'web has no way to db: ping: sendto: Network is unreachable.' }); // prettier-ignore
  });
  it('cannot look where there is no ping, and says so', async () => {
    expect(await see({}, 'sh: ping: not found')).toEqual({ passed: false, trouble: true, told: 'web cannot ping: sh: ping: not found.' }); // prettier-ignore
  });
  it('takes the address on a network of both, a private one before the pod network', () => {
    const on = (name: string, ...nets: [string, string, string?][]) =>
      object('VirtualMachineInstance', name, {
        spec: { networks: nets.map(([nic, net]) => ({ name: nic, ...(net === 'pod' ? { pod: {} } : { multus: { networkName: net } }) })) },
        status: { interfaces: nets.map(([nic, , ipAddress]) => ({ name: nic, ...(ipAddress && { ipAddress }) })) },
      }); // prettier-ignore
    const web = on('web', ['default', 'pod', '10.0.2.2'], ['a', 'blue', '10.9.0.1']);
    expect(commonAddress(web, on('db', ['default', 'pod', '10.0.2.3'], ['x', 'lab-test/blue', '10.9.0.2/24']))).toBe('10.9.0.2'); // prettier-ignore
    expect(commonAddress(web, on('db', ['default', 'pod', '10.0.2.3'], ['x', 'red', '10.8.0.2']))).toBe('10.0.2.3');
    expect(commonAddress(web, on('db', ['x', 'red', '10.8.0.2']))).toBeUndefined();
    expect(commonAddress(web, on('db', ['x', 'blue']))).toBeUndefined();
  });
});
