import { spawn } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenCluster, openClusterLab, testNamespace } from '../../support/cluster.ts';
import type { ClusterLab } from '../../support/cluster.ts';

/** The engine, or the cluster that the environment gives. */
let engine: ClusterLab;
/** Minor version of the kubectl at hand: Debian 12's is 1.20, and some of what is asked here came later or reads otherwise. */
let kubectl = 0;
beforeAll(async () => {
  engine = await openClusterLab();
  const { clientVersion } = JSON.parse(await ok(['version', '--client', '-o', 'json'])) as {
    clientVersion: { minor: string };
  };
  kubectl = Number.parseInt(clientVersion.minor, 10);
});
afterAll(() => engine.remove());

const manifest = (name: string, change: { label?: string; strategy?: string } = {}) => `
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: ${name}, namespace: ${testNamespace}, labels: {tier: ${change.label ?? 'web'}}}
spec:
  runStrategy: ${change.strategy ?? 'Halted'}
  template:
    spec:
      domain:
        devices: {disks: [{name: root, disk: {bus: virtio}}], interfaces: [{name: default, masquerade: {}}]}
        memory: {guest: 128Mi}
      networks: [{name: default, pod: {}}]
      volumes: [{name: root, emptyDisk: {capacity: 1Gi}}]
`;
const ok = async (args: string[], input?: string, env?: Record<string, string>): Promise<string> => {
  const result = await engine.kubectl(args, { ...(input === undefined ? {} : { input }), ...(env ? { env } : {}) });
  if (result.exitCode !== 0)
    throw new Error(`kubectl ${args.join(' ')}
${result.all}`);
  return result.stdout;
};
const refused = async (args: string[], input?: string): Promise<string> => {
  const result = await engine.kubectl(args, input === undefined ? {} : { input });
  if (result.exitCode === 0) throw new Error(`kubectl ${args.join(' ')} should have failed\n${result.all}`);
  return result.all;
};

describe('kubectl looks around', () => {
  it('version, api-resources, api-versions', async () => {
    expect(await ok(['version'])).toMatch(givenCluster ? /Server Version: .*v1\./ : /Server Version: .*v1\.36/);
    const resources = await ok(['api-resources', '-o', 'wide']);
    expect(resources).toMatch(/virtualmachines +vm,vms +kubevirt.io\/v1 +true +VirtualMachine +\[?create[ ,]delete/);
    expect(resources).toMatch(/nodes +no +v1 +false +Node +\[?get[ ,]list[ ,]watch/);
    expect(await ok(['api-versions'])).toContain('cdi.kubevirt.io/v1beta1');
  });
  it('explain', async () => {
    const text = await ok(['explain', 'vm.spec']);
    expect(text).toMatch(/KIND: +VirtualMachine/);
    expect(text).toMatch(/runStrategy\t<string>\n +\S/);
    expect(await ok(['explain', 'vm.spec.template.spec.domain', '--recursive'])).toMatch(
      /cpu\t<Object>\n +cores\t<integer>/,
    );
    expect(await ok(['explain', 'configmap.data'])).toContain('<map[string]string>');
    expect(await ok(['explain', 'dv.metadata.labels'])).toContain('map[string]string');
    expect(await refused(['explain', 'vm.spec.nothing'])).toContain('field "nothing" does not exist');
  });
  it('auth can-i, whoami', async () => {
    expect(await ok(['auth', 'can-i', 'create', 'vm'])).toBe('yes');
    // Nodes of the engine cannot be deleted; an administrator of a cluster may.
    if (!givenCluster) expect(await refused(['auth', 'can-i', 'delete', 'nodes'])).toContain('no');
    if (!givenCluster && kubectl >= 28) expect(await ok(['auth', 'whoami'])).toContain('hearth');
    expect(await ok(['auth', 'can-i', '--list'])).toContain('*.*');
  });
  it('raw health', async () => expect(await ok(['get', '--raw', '/readyz'])).toBe('ok'));
});

describe('kubectl writes', () => {
  it('creates, shows, changes and deletes a VM', async () => {
    expect(await ok(['create', '-f', '-'], manifest('one'))).toBe('virtualmachine.kubevirt.io/one created');
    expect(await refused(['create', '-f', '-'], manifest('one'))).toContain('(AlreadyExists)');
    expect(await ok(['get', 'vm', 'one'])).toMatch(/^NAME +AGE +STATUS +READY\none +\d+s/);
    expect(await ok(['get', 'vm', 'one', '-o', 'jsonpath={.spec.runStrategy}'])).toBe('Halted');
    expect((JSON.parse(await ok(['get', 'vm', '-o', 'json'])) as { items: unknown[] }).items).toHaveLength(1);
    expect(parse(await ok(['get', 'vm', 'one', '-o', 'yaml']))).toMatchObject({ kind: 'VirtualMachine', metadata: { name: 'one', generation: 1 } });
    await ok(['label', 'vm', 'one', 'a=b']);
    await ok(['annotate', 'vm', 'one', 'note=hello there']);
    expect(await ok(['get', 'vm', '-l', 'a in (b,c),!z', '-o', 'name'])).toBe('virtualmachine.kubevirt.io/one');
    expect(await ok(['get', 'vm', '-l', 'a!=b', '-o', 'name'])).toBe('');
    expect(await ok(['describe', 'vm', 'one'])).toMatch(/Annotations: +note: hello there[^]*Run Strategy: +Halted[^]*Events:/);
    await ok(['patch', 'vm', 'one', '--type=merge', '-p', '{"metadata":{"labels":{"a":null}}}']);
    await ok(['patch', 'vm', 'one', '--type=json', '-p', '[{"op":"test","path":"/spec/runStrategy","value":"Halted"},{"op":"replace","path":"/spec/runStrategy","value":"Manual"}]']);
    expect(await refused(['patch', 'vm', 'one', '--type=strategic', '-p', '{}'])).toContain('accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml');
    expect(await refused(['patch', 'vm', 'one', '--type=json', '-p', '[{"op":"test","path":"/spec/runStrategy","value":"Always"}]'])).toMatch(kubectl >= 24 ? /test failed/ : /The request is invalid/);
    if (kubectl >= 23) await ok(['wait', 'vm/one', '--for=jsonpath={.spec.runStrategy}=Manual', '--timeout=5s']);
    const editor = join(engine.home, 'editor.sh');
    await writeFile(editor, '#!/bin/sh\nsed -i s/Manual/Halted/ "$1"\n');
    await chmod(editor, 0o755);
    expect(await ok(['edit', 'vm', 'one'], '', { EDITOR: editor })).toContain('edited');
    expect(await ok(['get', 'vm', 'one', '-o', 'jsonpath={.spec.runStrategy} {.metadata.generation}'])).toBe('Halted 3');
    expect(await ok(['delete', 'vm', 'one', '--wait', '--timeout=10s'])).toContain('deleted');
    expect(await refused(['get', 'vm', 'one'])).toContain('Error from server (NotFound): virtualmachines.kubevirt.io "one" not found');
  }); // prettier-ignore

  it('core kinds, which kubectl sends as protobuf', async () => {
    const lab = givenCluster ? `${testNamespace}-lab` : 'lab';
    await ok(['create', 'namespace', lab]);
    await ok(['create', 'configmap', 'c', '-n', lab, '--from-literal=k=v w']);
    await ok(['create', 'secret', 'generic', 's', '-n', lab, '--from-literal=p=hunter2']);
    await ok(['create', 'service', 'nodeport', 'web', '-n', lab, '--tcp=80:8080', '--node-port=30123']);
    expect(await ok(['get', 'cm', 'c', '-n', lab, '-o', 'jsonpath={.data.k}'])).toBe('v w');
    expect(Buffer.from(await ok(['get', 'secret', 's', '-n', lab, '-o', 'jsonpath={.data.p}']), 'base64').toString()).toBe('hunter2');
    const port = JSON.parse(await ok(['get', 'svc', 'web', '-n', lab, '-o', 'jsonpath={.spec.ports[0]}'])) as object;
    expect(port).toMatchObject({ port: 80, targetPort: 8080, nodePort: 30123, protocol: 'TCP' });
    await ok(['patch', 'svc', 'web', '-n', lab, '-p', '{"spec":{"ports":[{"port":443,"name":"s","targetPort":8443,"protocol":"TCP"}]}}']);
    expect(await ok(['get', 'svc', 'web', '-n', lab, '-o', 'jsonpath={.spec.ports[*].port}'])).toMatch(/^(80 443|443 80)$/);
    await ok(['delete', 'namespace', lab, '--timeout=30s']);
    expect(await ok(['get', 'cm,secret,svc', '-A', '-o', 'name'])).not.toContain('web');
  }); // prettier-ignore

  it('apply: unchanged, configured, dry run, diff', async () => {
    expect(await ok(['apply', '-f', '-'], manifest('two'))).toContain('created');
    expect(await ok(['apply', '-f', '-'], manifest('two'))).toContain('unchanged');
    const changed = manifest('two', { label: 'db' });
    expect(await ok(['apply', '--dry-run=server', '-f', '-'], changed)).toContain('configured (server dry run)');
    const difference = await engine.kubectl(['diff', '-f', '-'], { input: changed });
    expect(difference.exitCode).toBe(1);
    expect(difference.stdout).toMatch(/-\s+tier: web\n\+\s+tier: db/);
    expect(await ok(['get', 'vm', 'two', '-o', 'jsonpath={.metadata.labels.tier}'])).toBe('web');
    expect(await ok(['apply', '-f', '-'], changed)).toContain('configured');
    expect((await engine.kubectl(['diff', '-f', '-'], { input: changed })).exitCode).toBe(0);
    const dry = await ok(['create', '--dry-run=server', '-o', 'name', '-f', '-'], manifest('ghost'));
    expect(dry).toBe('virtualmachine.kubevirt.io/ghost');
    expect(await refused(['get', 'vm', 'ghost'])).toContain('not found');
  });

  it('server-side apply: owners, conflicts, force, giving up', async () => {
    const data = (values: Record<string, string>) =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'ssa', namespace: testNamespace },
        data: values,
      });
    const apply = (values: Record<string, string>, manager: string, ...more: string[]) =>
      engine.kubectl(['apply', '--server-side', `--field-manager=${manager}`, '-f', '-', ...more], {
        input: data(values),
      });
    expect((await apply({ a: '1', b: '1' }, 'first')).stdout).toContain('serverside-applied');
    const clash = await apply({ a: '2', c: '1' }, 'second');
    expect(clash.stderr).toContain('Apply failed with 1 conflict: conflict with "first": .data.a');
    expect((await apply({ a: '2', c: '1' }, 'second', '--force-conflicts')).exitCode).toBe(0);
    expect(JSON.parse(await ok(['get', 'cm', 'ssa', '-o', 'jsonpath={.data}']))).toEqual({ a: '2', b: '1', c: '1' });
    expect((await apply({ c: '1' }, 'second')).exitCode).toBe(0);
    expect(JSON.parse(await ok(['get', 'cm', 'ssa', '-o', 'jsonpath={.data}']))).toEqual({ b: '1', c: '1' });
    await ok(['patch', 'cm', 'ssa', '-p', '{"data":{"b":"9"}}', '--field-manager=hand']);
    const again = await apply({ b: '1', a: '5' }, 'first');
    expect(again.stderr).toMatch(/conflict with "hand" using v1 at \d{4}-[^ ]+: \.data\.b/);
  });

  it('refuses unknown fields by name', async () => {
    const wrong = manifest('bad').replace('runStrategy', 'runStratgy');
    expect(await refused(['create', '-f', '-'], wrong)).toMatch(/unknown field "(spec\.)?runStratgy"/);
    if (kubectl < 25) return; // --validate=warn came with the server's own validation
    const warned = await engine.kubectl(['create', '--validate=warn', '--dry-run=server', '-f', '-'], { input: manifest('warned').replace('volumes:', 'bogus: 1\n      volumes:') });
    expect(warned.stderr).toContain('Warning: unknown field "spec.template.spec.bogus"');
  }); // prettier-ignore
});

describe('kubectl watches', () => {
  it('get -w prints each change', async () => {
    const child = spawn('kubectl', ['get', 'cm', '-w', '--output-watch-events', '-n', testNamespace, '--field-selector', 'metadata.name=watched'], {
      env: { ...process.env, KUBECONFIG: engine.kubeconfig, HOME: engine.home },
      stdio: ['ignore', 'pipe', 'inherit'],
    }); // prettier-ignore
    try {
      const lines = createInterface({ input: child.stdout });
      const seen: string[] = [];
      const done = new Promise<void>((resolve) =>
        lines.on('line', (line) => {
          seen.push(line.split(/\s+/).slice(0, 3).join(' '));
          if (line.startsWith('DELETED')) resolve();
        }),
      );
      await ok(['create', 'configmap', 'other']);
      await ok(['create', 'configmap', 'watched']);
      await ok(['patch', 'cm', 'watched', '-p', '{"data":{"x":"1","y":"2"}}']);
      await ok(['delete', 'cm', 'watched', 'other']);
      await done;
      expect(seen).toEqual(['EVENT NAME DATA', 'ADDED watched 0', 'MODIFIED watched 2', 'DELETED watched 2']);
    } finally {
      child.kill();
    }
  });
  it('delete --wait waits for finalizers, and events are listed', async () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'held', finalizers: ['hearth.dev/test'] } };
    await ok(['create', '-f', '-'], JSON.stringify(object));
    const deleting = engine.kubectl(['delete', 'cm', 'held', '--timeout=20s']);
    await expect
      .poll(() => ok(['get', 'cm', 'held', '-o', 'jsonpath={.metadata.deletionGracePeriodSeconds}']), {
        timeout: 10_000,
      })
      .toBe('0');
    await ok(['patch', 'cm', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
    expect((await deleting).exitCode).toBe(0);
    const event = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e1' }, involvedObject: { kind: 'ConfigMap', name: 'held', namespace: testNamespace }, reason: 'Tested', message: 'it works', type: 'Normal', lastTimestamp: new Date().toISOString() }; // prettier-ignore
    await ok(['create', '-f', '-'], JSON.stringify(event));
    expect(await ok(['get', 'events', '--field-selector', 'involvedObject.name=held'])).toMatch(
      /Normal +Tested +configmap\/held +it works/,
    );
  });
});
