import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { look } from '../../../../main/backend/labs/checks/look.ts';
import type { Look } from '../../../../main/backend/labs/checks/look-types.ts';
import { ProblemError } from '../../../../main/contract/problem.ts';
import { labTarget, object, probe, running } from '../../../support/labs/lab-target.ts';
import type { LabTarget } from '../../../support/labs/lab-target.ts';

let lab: LabTarget;
beforeAll(async () => {
  lab = await labTarget();
});
afterAll(() => lab.close());
beforeEach(() => {
  lab.objects = [...running('web'), object('VirtualMachine', 'off')];
  lab.answers.clear();
  lab.serials.clear();
  lab.screens.clear();
});
const see = (written: Parameters<typeof probe>[0], context = lab.context): Promise<Look> =>
  look(probe(written), context, { timeout: '5s', signal: new AbortController().signal });
const lost = (): Promise<never> =>
  Promise.reject(new ProblemError({ code: 'no-serial', title: 'The machine has no serial console', detail: 'web runs without one.', fix: 'Restart it with one.' })); // prettier-ignore

describe('the serial probe', () => {
  beforeEach(() => {
    lab.serials.set('web', { text: 'boot\r\n\u001B[32mweb login:\u001B[0m ada\r\nada@web:~$ ls\r\n', sinceStep: 'ada@web:~$ ls\r\n' }); // prettier-ignore
  });
  it('is true for what was said since the start, or since the step began', async () => {
    expect(await see({ serial: { machine: 'web', contains: 'web login: ada' } })).toEqual({ passed: true });
    expect(await see({ serial: { machine: 'web', since: 'step', matches: '^ada@web.*ls$' } })).toEqual({
      passed: true,
    });
    expect(await see({ serial: { machine: 'web', since: 'step', lacks: 'login' } })).toEqual({ passed: true });
  });
  it('is false for what was said before the step, and shows what was said last', async () => {
    expect(await see({ serial: { machine: 'web', since: 'step', contains: 'login' } })).toEqual({ passed: false, told: 'The serial console of web has no “login”. It ends with “ada@web:~$ ls”.' }); // prettier-ignore
  });
  it('cannot look at a console that is not there, and says what helps', async () => {
    const context = { ...lab.context, consoles: { ...lab.context.consoles, serialText: lost } };
    expect(await see({ serial: { machine: 'web', contains: 'x' } }, context)).toEqual({ passed: false, trouble: true, told: 'The machine has no serial console: web runs without one. Restart it with one.' }); // prettier-ignore
  });
});

describe('the screen probe', () => {
  it('is true for what stands on the screen', async () => {
    lab.screens.set('web', { rows: ['', 'Debian GNU/Linux', 'web login:'], cols: 80, unreadable: 0 });
    expect(await see({ screen: { machine: 'web', matches: '^web login:$' } })).toEqual({ passed: true });
    expect(await see({ screen: { machine: 'web', lacks: 'panic' } })).toEqual({ passed: true });
  });
  it('is false for what does not, for a machine that is off, and tells a picture from text', async () => {
    lab.screens.set('web', { rows: ['GRUB'], cols: 80, unreadable: 2 });
    expect(await see({ screen: { machine: 'web', contains: 'login' } })).toEqual({ passed: false, told: 'The screen of web has no “login”. It ends with “GRUB”.' }); // prettier-ignore
    lab.screens.set('web', { rows: ['\uFFFD'.repeat(80)], cols: 80, unreadable: 80 });
    expect(await see({ screen: { machine: 'web', contains: 'login' } })).toMatchObject({ passed: false, told: expect.stringContaining('Most of it is no text that can be read.') as string }); // prettier-ignore
    expect(await see({ screen: { machine: 'off', contains: 'login' } })).toEqual({ passed: false, told: 'off is off: start it.' }); // prettier-ignore
  });
  it('cannot look where there is no screen, and says so', async () => {
    const context = { ...lab.context, consoles: { ...lab.context.consoles, screenText: () => Promise.reject(new ProblemError({ code: 'target-error', title: 'The target answered with an error', detail: 'No graphics devices are present.' })) } }; // prettier-ignore
    expect(await see({ screen: { machine: 'web', contains: 'x' } }, context)).toMatchObject({ trouble: true, told: expect.stringContaining('No graphics devices') as string }); // prettier-ignore
  });
});

describe('the agent probe', () => {
  const info = '/apis/subresources.kubevirt.io/v1/namespaces/lab-test/virtualmachineinstances/web/guestosinfo';
  const connected = { conditions: [{ type: 'AgentConnected', status: 'True' }] };
  it('is true when the agent is there, when it says so, and when it has to be away', async () => {
    expect(await see({ agent: { machine: 'web', connected: false } })).toEqual({ passed: true });
    lab.objects = running('web', { status: connected });
    lab.answers.set(info, { code: 200, body: { hostname: 'shop', fsInfo: { disks: [{ mountPoint: '/', usedBytes: 5, totalBytes: 10 }] } } }); // prettier-ignore
    expect(await see({ agent: { machine: 'web' } })).toEqual({ passed: true });
    expect(await see({ agent: { machine: 'web', path: '.hostname', equals: 'shop' } })).toEqual({ passed: true });
    expect(await see({ agent: { machine: 'web', path: ".fsInfo.disks[?(@.mountPoint=='/')].totalBytes", atLeast: 10 } })).toEqual({ passed: true }); // prettier-ignore
  });
  it('is false when it is not, and says what the agent says', async () => {
    expect(await see({ agent: { machine: 'web' } })).toEqual({ passed: false, told: 'The guest agent of web does not answer: it is not installed, or not started yet.' }); // prettier-ignore
    lab.objects = running('web', { status: connected });
    lab.answers.set(info, { code: 200, body: { hostname: 'web' } });
    expect(await see({ agent: { machine: 'web', connected: false } })).toEqual({ passed: false, told: 'The guest agent of web still answers.' }); // prettier-ignore
    expect(await see({ agent: { machine: 'web', path: '.hostname', equals: 'shop' } })).toEqual({ passed: false, told: '.hostname of web is “web”, not “shop”.' }); // prettier-ignore
    expect(await see({ agent: { machine: 'web', path: '.timezone' } })).toEqual({ passed: false, told: 'The guest agent of web says nothing at .timezone.' }); // prettier-ignore
    lab.answers.set(info, { code: 500, body: 'VMI does not have guest agent connected' });
    expect(await see({ agent: { machine: 'web', path: '.hostname' } })).toMatchObject({ passed: false, told: expect.stringContaining('does not answer') as string }); // prettier-ignore
  });
  it('cannot look without the right, and says so', async () => {
    lab.objects = running('web', { status: connected });
    lab.answers.set(info, { code: 403, body: { message: 'no guestosinfo for you' } });
    expect(await see({ agent: { machine: 'web', path: '.hostname' } })).toMatchObject({ trouble: true, told: expect.stringContaining('no guestosinfo for you') as string }); // prettier-ignore
  });
});
