import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { join } from 'node:path';
import { behave, installByHand, kubeconfigHere, kubectl, unitState, until } from '../support/appliance/by-hand.ts';
import { Guest, hostFromGuest } from '../support/appliance/guest.ts';
import { noGuestReason, recipe } from '../support/appliance/guest-image.ts';
import { Mirror } from '../support/appliance/mirror.ts';

const logs = join(import.meta.dirname, '../../node_modules/.cache/appliance-logs');

// A computer without mmdebstrap or QEMU cannot make the guest; `noGuestReason` says what is missing.
describe.skipIf(noGuestReason)(`a whole computer${noGuestReason ? ` (left out: ${noGuestReason})` : ''}`, () => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await Guest.start();
  }, 600_000);
  afterAll(() => guest?.end());

  test('has booted systemd with cgroup v2, a user with sudo, and what an appliance needs', async () => {
    expect((await guest.exec(['systemctl', 'is-system-running'])).trim()).toBe('running');
    expect((await guest.exec(['stat', '-fc', '%T', '/sys/fs/cgroup'])).trim()).toBe('cgroup2fs');
    const asked = await guest.run(['runuser', '-u', 'ada', '--', 'sudo', '-S', '-p', '', 'id', '-u'], {
      stdin: `${recipe.user.password}\n`,
    });
    expect(asked).toMatchObject({ code: 0, stdout: '0\n' });
    const refused = await guest.run(['runuser', '-u', 'ada', '--', 'sudo', '-n', 'true']);
    expect(refused.code).not.toBe(0);
    await guest.script('command -v iptables lvcreate thin_check modprobe ip pkexec; modprobe overlay');
    expect((await guest.exec(['/opt/hearth-test/node', '-p', 'process.versions.node'])).trim()).toBe(
      process.versions.node,
    );
  });

  test('tells the exit code and both outputs, and gives up on a program that takes too long', async () => {
    const outcome = await guest.run(['sh', '-c', 'echo "a b"; echo c >&2; exit 7', "it's one word"]);
    expect(outcome).toEqual({ code: 7, stdout: 'a b\n', stderr: 'c\n' });
    expect((await guest.run(['sleep', '600'], { timeoutMs: 3000 })).code).toBeNull();
  });

  test('has the clock it is given', async () => {
    await guest.setClock(new Date('2031-02-03T04:05:06Z'));
    expect(await guest.exec(['date', '-u', '+%Y-%m-%dT%H'])).toBe('2031-02-03T04\n');
    await guest.setClock(new Date());
    expect(Math.abs(Number(await guest.exec(['date', '+%s'])) - Date.now() / 1000)).toBeLessThan(60);
  });

  test('reaches a server on 127.0.0.1 of this computer, until its cable is out', async () => {
    const mirror = await Mirror.open();
    try {
      mirror.serve('https://example.org/hello', 'hello');
      const port = String(mirror.port);
      const ask = () => guest.run(['busybox', 'wget', '-q', '-O', '-', `http://${hostFromGuest}:${port}/example.org/hello`], { timeoutMs: 10_000 }); // prettier-ignore
      expect(await ask()).toMatchObject({ code: 0, stdout: 'hello' });
      await guest.cable(false);
      expect((await ask()).code).not.toBe(0);
      await guest.cable(true);
      await until('the network is back', 60, async () => (await ask()).code === 0);
    } finally {
      await mirror.close();
    }
  });

  test('is new for each that starts: what another wrote is not there', async () => {
    await guest.script('echo mine >/root/mine; sync');
    const other = await Guest.start();
    try {
      expect((await other.run(['cat', '/root/mine'])).code).not.toBe(0);
    } finally {
      await other.end();
    }
  });

  test('loses what was not synced when its power is cut, and keeps what was', async () => {
    await guest.script('sync; echo kept >/root/kept; sync /root/kept /root; echo lost >/root/lost');
    await guest.powerCut();
    expect((await guest.exec(['cat', '/root/kept', '/root/mine'])).trim()).toBe('kept\nmine');
    expect((await guest.run(['cat', '/root/lost'])).stdout).toBe('');
    expect((await guest.exec(['systemctl', 'is-system-running'])).trim()).toBe('running');
  });
});

describe.skipIf(noGuestReason)('the stand-in for k3s', () => {
  let guest: Guest;
  let kubeconfig: string;
  beforeAll(async () => {
    guest = await Guest.start();
    await installByHand(guest, 'node-name: box\ntls-san: [box.lan]\ndisable: [traefik]\n');
    await until('the service is active', 240, async () => (await unitState(guest, 'k3s')).active === 'active');
    kubeconfig = await kubeconfigHere(guest);
  }, 900_000);
  afterAll(() => guest?.end());
  const kube = (...args: string[]) => kubectl(kubeconfig, args);
  const keepLogs = () => onTestFailed(() => guest.keepLogs(logs));
  const ready = () =>
    until('the node is ready', 120, async () =>
      (await kube('get', 'node', 'box', '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')) === 'True'); // prettier-ignore

  test('becomes ready, with a node and the services of kube-system', async () => {
    keepLogs();
    await ready();
    await kube('-n', 'kube-system', 'wait', '--for=condition=Available', '--timeout=60s', 'deployment/coredns', 'deployment/metrics-server', 'deployment/local-path-provisioner'); // prettier-ignore
    await kube('wait', '--for=condition=Available', '--timeout=30s', 'apiservice/v1beta1.metrics.k8s.io');
    expect(await kube('get', 'storageclass', '-o', 'name')).toBe('storageclass.storage.k8s.io/local-path');
    expect(await kube('get', '--raw', '/readyz?verbose')).toContain('[+]poststarthook/rbac/bootstrap-roles ok');
    expect(await kube('top', 'nodes').catch((error: Error) => error.message)).toBeTypeOf('string');
  });

  test('leaves on the host what k3s leaves', async () => {
    const modes = await guest.exec(['stat', '-c', '%a %n', '/etc/rancher/k3s/k3s.yaml', '/var/lib/rancher/k3s/server/token', '/etc/rancher/node/password']); // prettier-ignore
    expect(modes.split('\n').filter(Boolean).every((line) => line.startsWith('600 '))).toBe(true); // prettier-ignore
    expect(await guest.get('/var/lib/rancher/k3s/server/token')).toMatch(/^K10[0-9a-f]{64}::server:[0-9a-f]+\n$/);
    expect(await guest.exec(['iptables-save'])).toContain('KUBE-SERVICES');
    await guest.exec(['ip', 'link', 'show', 'cni0']);
    expect((await guest.get('/proc/sys/vm/overcommit_memory')).trim()).toBe('1');
    expect(await guest.get('/proc/mounts')).toContain('/var/lib/kubelet/pods/');
    await guest.exec(['pgrep', '-f', '^/var/lib/rancher/k3s/data/.*/containerd-shim']);
  });

  test('deploys KubeVirt and CDI from the manifests of the mirror, and runs a machine that speaks', async () => {
    keepLogs();
    const mirror = await Mirror.open();
    try {
      mirror.serveKubeVirt('v1.9.0');
      mirror.serveCdi('v1.66.0');
      for (const path of ['kubevirt/kubevirt/releases/download/v1.9.0/kubevirt-operator.yaml', 'kubevirt/containerized-data-importer/releases/download/v1.66.0/cdi-operator.yaml']) {
        const text = await (await fetch(`${mirror.url}/github.com/${path}`)).text();
        await kubectl(kubeconfig, ['apply', '--server-side', '-f', '-'], text);
      }
    } finally {
      await mirror.close();
    }
    const objects = 'apiVersion: kubevirt.io/v1\nkind: KubeVirt\nmetadata: {name: kubevirt, namespace: kubevirt}\n---\napiVersion: cdi.kubevirt.io/v1beta1\nkind: CDI\nmetadata: {name: cdi}\n';
    await kubectl(kubeconfig, ['apply', '--server-side', '-f', '-'], objects);
    await until('KubeVirt is deployed', 120, async () => (await kube('-n', 'kubevirt', 'get', 'kubevirt/kubevirt', '-o', 'jsonpath={.status.phase} {.status.observedKubeVirtVersion}')) === 'Deployed v1.9.0');
    await until('CDI is deployed', 60, async () => (await kube('get', 'cdi/cdi', '-o', 'jsonpath={.status.phase} {.status.observedVersion}')) === 'Deployed v1.66.0');
    const machine = 'apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstance\nmetadata: {name: first, namespace: default}\nspec: {domain: {devices: {}}}\n';
    await kubectl(kubeconfig, ['create', '-f', '-'], machine);
    await until('the machine runs', 60, async () => (await kube('get', 'virtualmachineinstance/first', '-o', 'jsonpath={.status.phase}')) === 'Running');
    expect(await kube('get', 'node/box', '-o', 'jsonpath={.status.allocatable.devices\\.kubevirt\\.io/kvm}')).toBe('1k');
  }); // prettier-ignore

  test('keeps its objects over a restart', async () => {
    keepLogs();
    await kube('create', 'configmap', 'kept', '--from-literal=a=b');
    await guest.exec(['systemctl', 'restart', 'k3s'], { timeoutMs: 240_000 });
    expect(await until('the API is back', 60, () => kube('get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}'))).toBe('b'); // prettier-ignore
    await ready();
  });

  test('crashes on command, and systemd counts', async () => {
    keepLogs();
    const before = (await unitState(guest, 'k3s')).restarts;
    const line = 'level=fatal msg="stand-in: told to fail"';
    await behave(guest, { exitAtStart: [line] });
    await guest.exec(['systemctl', 'restart', '--no-block', 'k3s']);
    await until('three restarts', 240, async () => (await unitState(guest, 'k3s')).restarts >= before + 3);
    expect(await guest.exec(['journalctl', '-u', 'k3s', '-n', '50', '--no-pager'])).toContain(line);
    await behave(guest);
    await until('it is up again', 240, async () => (await unitState(guest, 'k3s')).active === 'active');
    await behave(guest, { taints: ['node.kubernetes.io/disk-pressure'], failingChecks: ['etcd'] });
    await until('the node is tainted', 60, async () => (await kube('get', 'node/box', '-o', 'jsonpath={.spec.taints[*].key}')).includes('disk-pressure')); // prettier-ignore
    await expect(kube('get', '--raw', '/readyz?verbose')).rejects.toThrow(/readyz check failed|500|InternalError|internal/i); // prettier-ignore
    await behave(guest);
  });

  test('refuses a configuration with a flag that is none', async () => {
    await guest.put('node-name: box\nnode-nam: box\n', '/etc/rancher/k3s/config.yaml', '0600');
    const { code, stderr } = await guest.run(['/usr/local/bin/k3s', 'server'], { timeoutMs: 120_000 });
    expect(code).toBe(1);
    expect(stderr).toContain('flag provided but not defined: -node-nam');
  });
});
