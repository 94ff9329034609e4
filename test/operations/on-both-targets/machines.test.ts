import { describe, expect, test } from 'vitest';
import { createKubeClient } from '../../../main/backend/target/client.ts';
import { readCredentials } from '../../../main/backend/target/credentials.ts';
import { kinds, subresourcePath } from '../../../main/backend/target/kinds.ts';
import { openStream } from '../../../main/backend/target/streams.ts';
import { trouble } from '../../support/scripted-cluster/trouble.ts';
import { blank, describeTargets, problemOf, until } from '../../support/operations/lab.ts';

const ref = (name: string) => ({ namespace: 'default', name });

describeTargets('machines', (lab) => {
  const act = (name: string, action: Parameters<typeof lab.api.machines.act>[0]['action']) =>
    lab.api.machines.act({ ...ref(name), action, deleteDisks: true, mode: 'now' });

  test('made, started, paused, restarted, switched off, deleted with its disk', async () => {
    const input = blank('life', { description: 'made by a test' });
    const preview = await lab.api.machines.preview(input);
    expect([preview.problem, preview.objects.map(({ kind }) => kind)]).toEqual([undefined, ['VirtualMachine']]);
    await lab.create(input);
    await lab.machine('life', ({ row }) => row.status === 'Stopped');
    await act('life', 'start');
    const running = await lab.machine('life', ({ row }) => row.status === 'Running');
    expect(running.disks.map(({ name, size }) => [name, size])).toEqual([['root', 64 * 2 ** 20]]);
    expect(running.actions.find(({ action }) => action === 'start')?.allowed).toBe(false);
    await act('life', 'pause');
    await lab.machine('life', ({ row }) => row.tone === 'paused');
    await act('life', 'unpause');
    const before = (await lab.machine('life', ({ row }) => row.status === 'Running')).vmi?.metadata.uid;
    await act('life', 'forceRestart');
    await lab.machine('life', ({ row, vmi }) => row.status === 'Running' && vmi?.metadata.uid !== before);
    await act('life', 'reset');
    await act('life', 'forceStop');
    await lab.machine('life', ({ row, vmi }) => row.status === 'Stopped' && !vmi);
    await act('life', 'delete');
    await expect.poll(() => lab.get('kubevirt.io/v1', 'virtualmachines', 'life').catch((error: unknown) => String(error))).toContain('404'); // prettier-ignore
    await expect.poll(() => lab.get('cdi.kubevirt.io/v1beta1', 'datavolumes', 'life-root').catch((error: unknown) => String(error))).toContain('404'); // prettier-ignore
  });

  test('what the target refuses comes back in its words, and nothing is left behind', async () => {
    await lab.create(blank('twice'));
    expect((await problemOf(lab.api.machines.create(blank('twice')))).code).toBe('already-exists');
    expect((await problemOf(act('twice', 'forceStop'))).detail).toMatch(/not running/i);
    expect((await problemOf(act('twice', 'pause'))).code).toMatch(/not-found|conflict/);
    await act('twice', 'delete');
  });

  test('ports are opened and closed while it runs', async () => {
    await lab.create(blank('web', { start: true }));
    await lab.machine('web', ({ row }) => row.status === 'Running');
    await lab.api.machines.addForward({ ...ref('web'), guestPort: 22, protocol: 'TCP' });
    const open = await lab.machine('web', ({ interfaces }) => (interfaces[0]?.forwards.length ?? 0) > 0);
    const [forward] = open.interfaces[0]?.forwards ?? [];
    expect([forward?.guestPort, forward?.protocol]).toEqual([22, 'TCP']);
    await lab.api.machines.removeForward({ ...ref('web'), service: forward?.service ?? '' });
    await lab.machine('web', ({ interfaces }) => interfaces[0]?.forwards.length === 0);
  });

  test('its manifest is edited as text; a mistake is found at its line before anything is written', async () => {
    const { yaml } = await lab.machine('web', () => true);
    const wrong = yaml.replace('template:', 'templat:');
    const findings = await lab.api.machines.checkYaml({ yaml: wrong });
    expect(findings.map(({ message }) => message).join()).toMatch(/spec\.templat/);
    expect(findings[0]?.line).toBe(wrong.split('\n').findIndex((line) => line.includes('templat:')) + 1);
    const text = yaml.replace('spec:', 'spec:\n  # a word\n').replace(/^ {2}namespace: default$/m, '  namespace: default\n  annotations: { note: kept }'); // prettier-ignore
    expect(await lab.api.machines.checkYaml({ yaml: text })).toEqual([]);
    await lab.api.machines.applyYaml({ ...ref('web'), yaml: text });
    expect((await lab.get('kubevirt.io/v1', 'virtualmachines', 'web')).metadata.annotations?.['note']).toBe('kept');
  });

  test('screen, serial console, picture', async () => {
    const screen = await lab.api.consoles.vnc(ref('web'));
    const greeting = await until(screen.readable, () => true);
    expect(Buffer.from(greeting).toString()).toBe('RFB 003.008\n');
    screen.close();
    const serial = await lab.api.consoles.serial(ref('web'));
    await serial.write(Buffer.from('x'));
    serial.close();
    expect(Buffer.from((await lab.api.consoles.screenshot(ref('web'))).png, 'base64').subarray(1, 4).toString()).toBe('PNG'); // prettier-ignore
    await act('web', 'delete');
    expect((await problemOf(lab.api.consoles.vnc(ref('nobody')))).code).toBe('not-found');
  });
});

describeTargets(
  'machines in trouble',
  (lab) => {
    test('webhooks that are away for a moment: it is tried again, and made once', async () => {
      const create = /^POST .*\/virtualmachines$/;
      lab.cluster.troubles.next(create, trouble.webhookDown);
      lab.cluster.troubles.next(create, trouble.noEndpoints);
      await lab.create(blank('patient'));
      const made = lab.cluster.seen.filter(({ method, path }) => create.test(`${method} ${path.replace(/\?.*/, '')}`));
      expect(made.map(({ code }) => code)).toEqual([500, 500, 201]);
    });
    test('a webhook that gave no answer in time is told in its words; it may have been counted, so it is not repeated', async () => {
      lab.cluster.troubles.next(/^POST .*\/virtualmachines$/, trouble.webhookTimeout);
      const problem = await problemOf(lab.api.machines.create(blank('late')));
      expect([problem.detail.includes('context deadline exceeded'), problem.fix]).toEqual([true, expect.stringMatching(/again/)]); // prettier-ignore
      expect(lab.cluster.objects('kubevirt.io', 'virtualmachines').map(({ metadata }) => metadata.name)).not.toContain('late'); // prettier-ignore
    });
    test('429 is waited out as long as the server says', async () => {
      lab.cluster.troubles.next(/^PUT .*\/start$/, trouble.tooMany(1));
      const begun = Date.now();
      await lab.api.machines.act({ ...ref('patient'), action: 'start', deleteDisks: true });
      expect(Date.now() - begun).toBeGreaterThanOrEqual(1000);
      await lab.machine('patient', ({ row }) => row.status === 'Running');
    });
    test('a stale write is refused in plain words, and lost answers do not make two machines', async () => {
      lab.cluster.troubles.next(/^PUT .*\/virtualmachines\/patient$/, trouble.stale('virtualmachines.kubevirt.io', 'patient')); // prettier-ignore
      const { yaml } = await lab.machine('patient', () => true);
      expect((await problemOf(lab.api.machines.applyYaml({ ...ref('patient'), yaml }))).detail).toMatch(/has been modified/); // prettier-ignore
      lab.cluster.troubles.next(/^POST .*\/virtualmachines$/, trouble.loseAnswer);
      expect((await problemOf(lab.api.machines.create(blank('echo')))).code).toBe('target-unreachable');
      lab.cluster.put('kubevirt.io', 'virtualmachines', { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name: 'sync', namespace: 'default' }, spec: { runStrategy: 'Halted', template: { spec: { domain: { devices: {} } } } } }); // prettier-ignore
      await lab.machine('sync', ({ row }) => row.status === 'Stopped');
    });
    test('the guest agent’s plain-text 500 is no data, not an error', async () => {
      const { guest, row } = await lab.machine('patient', ({ row }) => row.status === 'Running');
      expect([guest, row.tone]).toEqual([undefined, 'running']);
    });
    test('watches that break off, and a history that is gone: the rows go on', async () => {
      const seen: string[] = [];
      const stop = new AbortController();
      const following = (async () => {
        for await (const { row } of lab.api.machines.detail(ref('patient'), { signal: stop.signal })) seen.push(row.status); // prettier-ignore
      })().catch(() => undefined);
      await expect.poll(() => seen.at(-1)).toBe('Running');
      lab.cluster.dropWatches(true);
      await lab.api.machines.act({ ...ref('patient'), action: 'forceStop', deleteDisks: true });
      await expect.poll(() => seen.at(-1), { timeout: 10_000 }).toBe('Stopped');
      stop.abort();
      await following;
    });
    test('a second screen with preserveSession is refused and does not put the first one off', async () => {
      await lab.api.machines.act({ ...ref('patient'), action: 'start', deleteDisks: true });
      await lab.machine('patient', ({ row }) => row.status === 'Running');
      const client = createKubeClient(await readCredentials(lab.cluster.kubeconfig));
      const path = subresourcePath(kinds.virtualMachineInstances, ref('patient'), 'vnc');
      const first = await openStream(client, path);
      const refused = await problemOf(openStream(client, path, undefined, { preserveSession: 'true' }));
      expect(refused.detail).toMatch(/Active VNC connection/);
      expect(first.destroyed).toBe(false);
      // The newest wins without it.
      const second = await openStream(client, path);
      await expect.poll(() => first.readableEnded || first.destroyed || first.resume().readableEnded).toBe(true);
      second.destroy();
      client.close();
    });
  },
  { kinds: ['cluster'] },
);

describe('the list of what a suite wrote', () => {
  test('is not empty by accident: an unknown field is seen', async () => {
    const { scriptedCluster } = await import('../../support/scripted-cluster/scripted-cluster.ts');
    const { kubeOf } = await import('../../support/kube.ts');
    const cluster = await scriptedCluster();
    const kube = kubeOf(cluster.kubeconfig);
    const body = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name: 'x' }, spec: { runStrategy: 'Halted', colour: 'red', template: { spec: { domain: { devices: {} } } } } }; // prettier-ignore
    await expect(kube.request('POST', '/apis/kubevirt.io/v1/namespaces/default/virtualmachines', body)).rejects.toThrow('unknown field \\"spec.colour\\"'); // prettier-ignore
    expect(cluster.misfits()).toHaveLength(1);
    await cluster.close();
  });
});
