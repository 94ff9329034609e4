import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { look } from '../../../../main/backend/labs/checks/look.ts';
import type { Look } from '../../../../main/backend/labs/checks/look-types.ts';
import type { Probe } from '../../../../main/contract/labs/checks.ts';
import { labTarget, object, probe, running } from '../../../support/labs/lab-target.ts';
import type { LabTarget } from '../../../support/labs/lab-target.ts';

let lab: LabTarget;
beforeAll(async () => {
  lab = await labTarget();
});
afterAll(() => lab.close());
beforeEach(() => {
  lab.answers.clear();
  lab.objects = [
    ...running('web', { labels: { app: 'shop' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } }),
    ...running('db', { labels: { app: 'shop' }, status: { phase: 'Scheduling' } }),
    object('PersistentVolumeClaim', 'data', { spec: { resources: { requests: { storage: '2Gi' } } } }),
    { ...object('Service', 'elsewhere'), metadata: { name: 'elsewhere', namespace: 'default' } },
    object('Deployment', 'shop', { status: { readyReplicas: 2 } }),
  ];
});
const see = (api: Partial<NonNullable<Probe['api']>>): Promise<Look> =>
  look(probe({ api }), lab.context, { timeout: '5s', signal: new AbortController().signal });
const instance = { kind: 'VirtualMachineInstance' };

describe('the api probe', () => {
  it('is true for what is there', async () => {
    expect(await see({ ...instance, name: 'web' })).toEqual({ passed: true });
    expect(await see({ ...instance, name: 'web', path: '.status.phase', equals: 'Running' })).toEqual({ passed: true });
    expect(await see({ ...instance, name: 'web', path: ".status.conditions[?(@.type=='Ready')].status", equals: 'True' })).toEqual({ passed: true }); // prettier-ignore
    expect(await see({ kind: 'PersistentVolumeClaim', path: '.spec.resources.requests.storage', atLeast: '2048Mi' })).toEqual({ passed: true }); // prettier-ignore
    expect(await see({ ...instance, selector: 'app=shop', count: 2 })).toEqual({ passed: true });
    expect(await see({ ...instance, selector: 'app=shop', path: '.status.phase', equals: 'Running', count: { atLeast: 1, atMost: 1 } })).toEqual({ passed: true }); // prettier-ignore
    expect(await see({ kind: 'Service', name: 'gone', absent: true })).toEqual({ passed: true });
    expect(await see({ ...instance, path: '.status.phase', equals: 'Failed', absent: true })).toEqual({ passed: true });
  });
  it('finds kinds of any group, with and without its version', async () => {
    expect(await see({ kind: 'Deployment', name: 'shop', path: '.status.readyReplicas', equals: 2 })).toEqual({ passed: true }); // prettier-ignore
    expect(await see({ apiVersion: 'apps/v1', kind: 'Deployment', count: 1 })).toEqual({ passed: true });
  });
  it.each<[Partial<NonNullable<Probe['api']>>, string]>([
    [{ ...instance, name: 'cache' }, 'There is no VirtualMachineInstance cache yet.'],
    [{ ...instance, name: 'db', path: '.status.phase', equals: 'Running' }, 'VirtualMachineInstance db: .status.phase is “Scheduling”, not “Running”.'],
    [{ ...instance, name: 'db', path: '.status.guestOSInfo.id' }, 'VirtualMachineInstance db has no .status.guestOSInfo.id yet.'],
    [{ ...instance, selector: 'app=shop', path: '.status.phase', equals: 'Running' }, 'VirtualMachineInstance db: .status.phase is “Scheduling”, not “Running”.'],
    [{ ...instance, selector: 'app=shop', count: 3 }, '2 of 3: VirtualMachineInstance with app=shop.'],
    [{ ...instance, selector: 'app=shop', count: { atMost: 1 } }, '2 of at most 1: VirtualMachineInstance with app=shop.'],
    [{ ...instance, name: 'web', absent: true }, 'VirtualMachineInstance web is still there.'],
    [{ kind: 'Service', name: 'elsewhere' }, 'There is no Service elsewhere yet.'],
    [{ ...instance, name: 'web', path: '.status.conditions[*].type', lacks: 'Ready' }, 'VirtualMachineInstance web: .status.conditions[*].type still has “Ready”.'],
  ])('is false, and says what is there instead: %j', async (api, told) => {
    expect(await see(api)).toEqual({ passed: false, told });
  }); // prettier-ignore
  it.each<[Partial<NonNullable<Probe['api']>>, RegExp]>([
    [{ kind: 'Unicorn' }, /Unicorn is not served.*Use a target that serves it/],
    [{ kind: 'Node' }, /looks only at its own namespace: Node belongs to the whole target/],
    [{ ...instance, path: '.a[' }, /path that cannot be used/],
    [{ ...instance, name: 'web', path: '.status.phase', matches: '(a' }, /expression cannot be used/],
  ])('cannot look, and says why: %j', async (api, told) => {
    expect(await see(api)).toMatchObject({ passed: false, trouble: true, told: expect.stringMatching(told) as string });
  });
  it('says when this user may not, and when there was no answer in time', async () => {
    lab.answers.set('/apis/kubevirt.io/v1/namespaces/lab-test/virtualmachineinstances/web', { code: 403, body: { message: 'forbidden here' } }); // prettier-ignore
    expect(await see({ ...instance, name: 'web' })).toMatchObject({ trouble: true, told: 'The target does not allow this: forbidden here' }); // prettier-ignore
    const late = look(probe({ api: { ...instance, name: 'web' } }), { ...lab.context, target: { ...lab.context.target, client: { ...lab.context.target.client, json: () => new Promise<never>(() => undefined) } } }, { timeout: '50ms', signal: new AbortController().signal }); // prettier-ignore
    expect(await late).toEqual({ passed: false, told: 'There was no answer within 50 ms.' });
  });
  it('ends when it is called off', async () => {
    const over = new AbortController();
    over.abort(new Error('enough'));
    await expect(look(probe({ api: instance }), lab.context, { timeout: '5s', signal: over.signal })).rejects.toThrow('enough'); // prettier-ignore
  });
});
