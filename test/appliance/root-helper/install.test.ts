import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fileStep, openLab, outcome } from '../../support/root-helper/lab.ts';
import type { HelperEvent, HelperRun, Lab } from '../../support/root-helper/lab.ts';
import { installPlan } from '../../support/root-helper/install-plan.ts';
import { noRoom, otherUsers } from '../../support/root-helper/room.ts';

if (noRoom) console.warn(`root helper tests skipped: ${noRoom}`);

describe.skipIf(noRoom)('the root helper in a room of its own', () => {
  const uid = otherUsers ? 1000 : 0;
  let lab: Lab;
  let pristine: string[];
  beforeAll(async () => {
    lab = await openLab();
    pristine = await lab.snapshot();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.furnish());

  const done = (run: HelperRun): HelperRun => {
    expect(outcome(run)).toEqual({ last: { event: 'end', ok: true }, failed: [], stderr: run.stderr });
    expect(run.code).toBe(0);
    return run;
  };
  const ends = (run: HelperRun): HelperEvent => {
    expect(run.code).toBe(1);
    expect(run.events.at(-1)).toMatchObject({ event: 'end', ok: false });
    return run.events.at(-1)!;
  };
  const states = (run: HelperRun, state: string) =>
    run.events.filter((event) => event['state'] === state).map((event) => String(event['id']));
  const warnings = (run: HelperRun) =>
    run.events.filter((event) => event['level'] === 'warning').map((event) => String(event['text']));
  const change = (before: string[], after: string[]) => ({
    gone: before.filter((line) => !after.includes(line)),
    come: after.filter((line) => !before.includes(line)),
  });
  const nothing = { gone: [], come: [] };

  test('an installation does what its plan says, and again does nothing', async () => {
    const steps = installPlan(uid);
    const first = done(await lab.apply(steps));
    expect(first.stderr).toBe('');
    expect(first.events[0]).toEqual({ event: 'hello', version: 1, purpose: 'install', steps: steps.length });
    expect(first.events.filter((event) => event['state'] === 'failed')).toEqual([]);
    expect(
      await lab.sh('cat /etc/rancher/k3s/config.yaml; stat -c "%a %u" /etc/rancher/k3s/config.yaml /usr/local/bin/k3s'),
    ).toBe('node-name: lab\n600 0\n755 0\n');
    expect(await lab.sh('cat /proc/sys/fs/inotify/max_user_instances; cat /sys/module/overlay/refcnt')).toBe(
      '8192\n0\n',
    );
    expect(await lab.sh('grep ^kvm /etc/group; cat /lab/state/firewalld.permanent /lab/state/firewalld.runtime')).toBe(
      'kvm:x:104:other,person\n10.42.0.0/16\n10.42.0.0/16\n',
    );
    expect(await lab.sh('cat /lab/state/ufw; cat /lab/state/lvm/*')).toBe(
      'ufw allow from 10.43.0.0/16\nufw route allow from 10.43.0.0/16\n/var/lib/hearth/pool.img\npool\n/dev/loop0\n/dev/loop0\n',
    );
    expect(
      await lab.sh(`stat -c '%a %u' /var/lib/hearth/handover/${uid}/kubeconfig /var/lib/hearth/handover/${uid}`),
    ).toBe(`600 ${uid}\n755 0\n`);
    expect(await lab.sh('systemctl is-enabled k3s; systemctl is-active k3s')).toBe('enabled\nactive\n');
    // In a start nothing may wait: k3s needs minutes.
    expect(await lab.sh("grep -c 'start --no-block' /lab/calls")).toBe('2\n');
    const before = await lab.snapshot();
    const second = done(await lab.apply(steps));
    expect(states(second, 'done')).toEqual(['k3s-wait']);
    expect(states(second, 'skipped')).toHaveLength(steps.length - 1);
    expect(change(before, await lab.snapshot())).toEqual(nothing);
  });

  test('a removal leaves everything as it was, and nobody else’s things are touched', async () => {
    done(await lab.apply(installPlan(uid)));
    const removed = done(await lab.helper(['remove']));
    expect(warnings(removed)).toEqual([]);
    expect(removed.stderr).toBe('');
    expect(change(pristine, await lab.snapshot())).toEqual(nothing);
    expect(await lab.sh('cat /lab/calls')).not.toMatch(/tailscale|modprobe -r (tun|veth|kvm)/);
    const again = done(await lab.helper(['remove']));
    expect(again.events.some((event) => String(event['text']).includes('Nothing of Hearth'))).toBe(true);
  });

  test('an upgrade replaces files, restarts k3s once, and is undone to the first state', async () => {
    done(await lab.apply(installPlan(uid)));
    await lab.sh(': >/lab/calls');
    const upgrade = done(await lab.apply(installPlan(uid, { version: 'v1.36.4+k3s1' })));
    expect(states(upgrade, 'done')).toEqual(['k3s', 'images', 'k3s-start', 'k3s-wait']);
    expect(await lab.sh("grep -E ' (re)?start ' /lab/calls")).toBe('systemctl restart --no-block k3s.service\n');
    // What we had placed ourselves is not kept: it can be fetched again.
    expect(await lab.sh('ls /var/lib/hearth/before | wc -l')).toBe('1\n');
    // Back again: the contents of the first entry.
    done(await lab.apply(installPlan(uid)));
    expect(await lab.sh('/usr/local/bin/k3s --version')).toContain('v1.36.3+k3s1');
    done(await lab.helper(['remove']));
    expect(change(pristine, await lab.snapshot())).toEqual(nothing);
  });

  test('files of somebody else come back; files that somebody changed since are kept and told of', async () => {
    await lab.sh('mkdir -p /etc/NetworkManager/conf.d; echo theirs >/etc/NetworkManager/conf.d/90-hearth.conf');
    await lab.sh('chmod 640 /etc/NetworkManager/conf.d/90-hearth.conf');
    const before = await lab.snapshot();
    done(await lab.apply(installPlan(uid)));
    await lab.sh('echo changed >>/etc/sysctl.d/90-hearth.conf; echo changed >>/etc/rancher/k3s/config.yaml');
    // A second run puts ours back; the change of theirs is not lost.
    done(await lab.apply(installPlan(uid)));
    expect(await lab.sh('cat /etc/sysctl.d/90-hearth.conf')).not.toContain('changed');
    const removed = done(await lab.helper(['remove']));
    expect(warnings(removed).filter((text) => text.includes('is kept as'))).toHaveLength(2);
    expect(await lab.sh('cat /var/lib/hearth-kept/etc/sysctl.d/90-hearth.conf')).toContain('changed');
    expect(await lab.sh('cat /var/lib/hearth-kept/etc/rancher/k3s/config.yaml')).toContain('changed');
    expect(change(before, await lab.snapshot({ without: '/var/lib/hearth-kept' }))).toEqual(nothing);
  });

  test('disks can be kept: they are named, and the next installation takes them over', async () => {
    const steps = installPlan(uid);
    done(await lab.apply(steps));
    await lab.sh('mkdir /var/lib/hearth/volumes/pvc-1; echo disk >/var/lib/hearth/volumes/pvc-1/disk.img');
    const removed = done(await lab.helper(['remove', '--keep-disks']));
    const told = removed.events.map((event) => JSON.stringify(event));
    expect(told.some((text) => text.includes('stay in /var/lib/hearth/volumes'))).toBe(true);
    expect(await lab.sh('cat /var/lib/hearth/volumes/pvc-1/disk.img; ls -A /var/lib/hearth')).toBe(
      'disk\npool.img\npool.kept\nvolumes\n',
    );
    expect(await lab.sh('ls /etc/rancher 2>&1 || :')).toContain('No such file');
    done(await lab.apply(steps));
    expect(
      await lab.sh('cat /var/lib/hearth/volumes/pvc-1/disk.img; ls -A /var/lib/hearth/volumes; ls /lab/state/lvm'),
    ).toBe('disk\npvc-1\nloop\nlv\npv\nvg\n');
    done(await lab.helper(['remove']));
    expect(change(pristine, await lab.snapshot())).toEqual(nothing);
  });

  test('what is still mounted in a tree is not deleted through; the removal goes on with the rest', async () => {
    done(await lab.apply(installPlan(uid)));
    await lab.sh(
      'mkdir -p /srv/data /var/lib/kubelet/mine; echo precious >/srv/data/file; mount --bind /srv/data /var/lib/kubelet/mine',
    );
    const end = ends(await lab.helper(['remove']));
    expect(end).toMatchObject({ code: 'mounted', id: 'claim-1' });
    expect(await lab.sh('cat /srv/data/file; ls /etc/rancher 2>&1 || :')).toMatch(/^precious\n.*No such file/);
    await lab.sh('umount /var/lib/kubelet/mine');
    done(await lab.helper(['remove']));
    expect(await lab.sh('cat /srv/data/file; rm -r /srv/data')).toBe('precious\n');
    expect(change(pristine, await lab.snapshot())).toEqual(nothing);
  });

  test('containers that k3s left running are ended, those of others are not', async () => {
    done(await lab.apply(installPlan(uid)));
    await lab.sh(`mkdir -p /var/lib/rancher/k3s/data/abc/bin /srv/other
      cp /usr/bin/sleep /var/lib/rancher/k3s/data/abc/bin/containerd-shim-runc-v2; cp /usr/bin/sleep /srv/other/containerd-shim-runc-v2
      /var/lib/rancher/k3s/data/abc/bin/containerd-shim-runc-v2 300 >/dev/null 2>&1 & echo $! >/srv/ours
      /srv/other/containerd-shim-runc-v2 301 >/dev/null 2>&1 & echo $! >/srv/theirs`);
    const lives = (name: string) => lab.sh(`readlink /proc/$(cat /srv/${name})/exe || echo gone`);
    expect(await lives('ours')).toContain('containerd-shim');
    done(await lab.apply([{ id: 'pods', fields: ['kill-pods'] }], { purpose: 'stop' }));
    expect(await lives('ours')).toBe('gone\n');
    expect(await lives('theirs')).toContain('/srv/other');
    const rules = await lab.sh('cat /lab/state/iptables');
    expect(rules).not.toMatch(/KUBE-(?!SERVICES flannel)|CNI-|FLANNEL-|0x20000/);
    expect(rules).toContain('-j DOCKER');
    expect(rules).toContain('not ours: -j KUBE-SERVICES flannel');
    expect(await lab.sh('kill -9 $(cat /srv/theirs); ls /sys/class/net')).toBe('eth0\nhl0\nlo\n');
  });

  test('a placed file whose content fails the check leaves the old one', async () => {
    done(await lab.apply([fileStep('config', '0600', '/etc/rancher/k3s/config.yaml', 'one: 1\n')]));
    const step = fileStep('config', '0600', '/etc/rancher/k3s/config.yaml', 'two: 2\n');
    const run = await lab.apply([{ ...step, content: Buffer.from('six: 6\n') }]);
    expect(run.code).toBe(5);
    expect(await lab.sh('cat /etc/rancher/k3s/config.yaml; ls -A /etc/rancher/k3s')).toBe('one: 1\nconfig.yaml\n');
  });
});
