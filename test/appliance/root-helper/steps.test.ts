import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fileStep, openLab, outcome, planText, sha256 } from '../../support/root-helper/lab.ts';
import type { HelperEvent, HelperRun, Lab, Step } from '../../support/root-helper/lab.ts';
import { installPlan } from '../../support/root-helper/install-plan.ts';
import { noRoom, otherUsers } from '../../support/root-helper/room.ts';

describe.skipIf(noRoom)('single steps of the root helper', () => {
  const uid = otherUsers ? 1000 : 0;
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.furnish());

  const step = (...fields: string[]): Step => ({ id: fields[0]!, fields });
  const config = fileStep('config', '0600', '/etc/rancher/k3s/config.yaml', 'node-name: lab\n');
  const done = (run: HelperRun): HelperRun => {
    expect(outcome(run)).toEqual({ last: { event: 'end', ok: true }, failed: [], stderr: run.stderr });
    return run;
  };
  const ends = (run: HelperRun, code: string): HelperEvent => {
    expect(run.events.at(-1)).toMatchObject({ event: 'end', ok: false, code });
    return run.events.at(-1)!;
  };
  const database = '/var/lib/rancher/k3s/server/db/state.db';

  test('a backup and its restore bring back database, token and keys; k3s runs before and after', async () => {
    done(await lab.apply(installPlan(uid)));
    await lab.sh(
      'mkdir -p /var/lib/rancher/k3s/server/db/snapshots; echo big >/var/lib/rancher/k3s/server/db/snapshots/s',
    );
    const made = done(await lab.apply([step('backup', 'by-hand-1')], { purpose: 'backup' }));
    const size = Number(made.events.find((event) => event['state'] === 'done')?.['value']);
    expect(size).toBeGreaterThan(1000);
    expect(await lab.sh('stat -c "%a %s" /var/lib/hearth/backups/by-hand-1.tar')).toBe(`600 ${size}\n`);
    expect(await lab.sh('tar -tf /var/lib/hearth/backups/by-hand-1.tar')).not.toContain('snapshots');
    expect(await lab.sh('systemctl is-active k3s; ls -A /var/lib/hearth | grep -c paused || :')).toBe('active\n0\n');
    expect(await lab.sh('grep -E "(stop|start) " /lab/calls | tail -n 2')).toMatch(
      /stop k3s.*\n.*start --no-block k3s/,
    );
    const look = (await lab.helper(['look'])).events[0]!;
    expect(look['backups']).toMatchObject([{ name: 'by-hand-1', size }]);
    expect(look['datastore']).toEqual({ kind: 'sqlite', size: 8 });

    await lab.sh(
      `echo 'other objects' >${database}; echo wal >${database}-wal; echo other >/etc/rancher/node/password`,
    );
    await lab.sh('echo other >/var/lib/rancher/k3s/server/token; rm -r /var/lib/rancher/k3s/server/cred');
    done(await lab.apply([step('restore', 'by-hand-1')], { purpose: 'restore' }));
    expect(await lab.sh(`cat ${database} /etc/rancher/node/password /var/lib/rancher/k3s/server/token`)).toBe(
      'objects\nnode-secret\nK10ca::server:secret\n',
    );
    expect(await lab.sh(`ls ${database}* /var/lib/rancher/k3s/server/cred; ls -A /var/lib/rancher/k3s`)).not.toMatch(
      /wal|hearth-/,
    );
    expect(await lab.sh('systemctl is-active k3s; stat -c %a /var/lib/rancher/k3s/server/token')).toBe('active\n600\n');
    // The state before is a backup of its own.
    done(await lab.apply([step('restore', 'before-restore')], { purpose: 'restore' }));
    expect(await lab.sh(`cat ${database}`)).toBe('other objects\n');
    done(await lab.apply([step('drop-backup', 'by-hand-1')], { purpose: 'drop-backup' }));
    expect(await lab.sh('ls /var/lib/hearth/backups')).toBe('before-restore.tar\n');
  });

  test('a stopped k3s stays stopped over a backup; a failing backup starts it again and leaves nothing', async () => {
    done(await lab.apply(installPlan(uid)));
    await lab.sh('systemctl stop k3s');
    done(await lab.apply([step('backup', 'cold')], { purpose: 'backup' }));
    expect(await lab.sh('systemctl is-active k3s || :')).toBe('inactive\n');
    await lab.sh('systemctl start k3s; mkdir /var/lib/hearth/backups/warm.tar.new');
    ends(await lab.apply([step('backup', 'warm')], { purpose: 'backup' }), 'command-failed');
    expect(await lab.sh('systemctl is-active k3s; ls /var/lib/hearth/backups/*.tar')).toBe(
      'active\n/var/lib/hearth/backups/cold.tar\n',
    );
  });

  test.each([
    ['a path that leads out', 'cd /srv && mkdir -p a && cd a && tar -Pcf $T ../secret', 'bad-backup'],
    ['an absolute path', 'tar -Pcf $T /srv/secret', 'bad-backup'],
    ['a link', 'ln -s /srv/secret var/lib/rancher/k3s/server/db/link && tar -cf $T var', 'bad-backup'],
    ['a device', 'mkfifo var/lib/rancher/k3s/server/db/fifo && tar -cf $T var', 'bad-backup'],
    ['another folder', 'mkdir -p etc && echo x >etc/passwd && tar -cf $T var etc', 'bad-backup'],
    ['no token', 'rm var/lib/rancher/k3s/server/token && tar -cf $T var', 'bad-backup'],
    ['garbage', 'head -c 4096 /dev/urandom >$T', 'command-failed'],
  ])('a backup with %s is refused before k3s is stopped', async (_, make, code) => {
    done(await lab.apply(installPlan(uid)));
    await lab.sh(`mkdir -p /var/lib/hearth/backups /srv/w/var/lib/rancher/k3s/server/db; echo s >/srv/secret
      cd /srv/w; echo db >var/lib/rancher/k3s/server/db/state.db; echo t >var/lib/rancher/k3s/server/token
      T=/var/lib/hearth/backups/bad.tar; ${make}; : >/lab/calls`);
    ends(await lab.apply([step('restore', 'bad')], { purpose: 'restore' }), code);
    expect(await lab.sh(`cat ${database}; cat /lab/calls`)).not.toMatch(/^db$|stop k3s/m);
  });

  test('a restore that cannot be ended is rolled back', async () => {
    done(await lab.apply(installPlan(uid)));
    done(await lab.apply([step('backup', 'one')], { purpose: 'backup' }));
    // The node's password cannot be moved away: something is mounted on it.
    await lab.sh(
      `echo now >${database}; : >/srv/m; mount --bind /etc/rancher/node/password /etc/rancher/node/password`,
    );
    ends(await lab.apply([step('restore', 'one')], { purpose: 'restore' }), 'command-failed');
    await lab.sh('umount /etc/rancher/node/password');
    expect(await lab.sh(`cat ${database}; systemctl is-active k3s; ls -A /var/lib/rancher/k3s`)).toBe(
      'now\nactive\nagent\nserver\n',
    );
  });

  test('a unit that keeps crashing is told with its last lines', async () => {
    done(await lab.apply(installPlan(uid)));
    await lab.sh(`echo 1 >/lab/state/crash; printf 'level=fatal msg="no default routes"\\n' >/lab/state/journal`);
    const run = await lab.apply([step('wait-unit', 'k3s', '60')], { purpose: 'start' });
    expect(ends(run, 'unit-failed')['text']).toMatch(
      /does not stay up: state activating \(auto-restart\), restarted 5 times/,
    );
    expect(run.events.filter((event) => event.event === 'log')).toEqual([
      { event: 'log', level: 'error', unit: 'k3s', text: 'level=fatal msg="no default routes"' },
    ]);
    await lab.sh('rm /lab/state/crash; systemctl stop k3s');
    ends(await lab.apply([step('wait-unit', 'k3s', '3')], { purpose: 'start' }), 'unit-timeout');
  });

  test('a request to stop is heard between steps and while waiting', async () => {
    done(await lab.apply(installPlan(uid)));
    await lab.sh('systemctl stop k3s');
    const plan = planText('start', [step('wait-unit', 'k3s', '3600')]);
    lab.stage(plan, { stop: Buffer.alloc(0) });
    ends(await lab.helper(['apply', '/lab/shared/staging', sha256(plan)]), 'stopped');
    // While it waits: the file appears after the first sign of waiting.
    lab.stage(plan);
    const running = lab.helper(['apply', '/lab/shared/staging', sha256(plan)]);
    await lab.sh('until [ -d /run/hearth-work ]; do :; done; : >/lab/shared/staging/stop');
    ends(await running, 'stopped');
    expect(await lab.sh('ls -d /run/hearth-* || :')).toBe('');
  });

  test('token: made by k3s, handed back, kept nowhere', async () => {
    done(await lab.apply(installPlan(uid)));
    const run = done(await lab.apply([step('token', '24')], { purpose: 'token' }));
    expect(run.events.find((event) => event['state'] === 'done')).toMatchObject({
      value: 'K10aa.bb::abcdef.0123456789abcdef',
    });
    expect(await lab.sh('grep -rl 0123456789abcdef /var/lib/hearth /run || :')).toBe('');
  });

  test('the access file is only for the one who asked, and follows new certificates', async () => {
    done(await lab.apply(installPlan(uid)));
    const plan = planText('start', [step('handover', String(uid), '60')]);
    lab.stage(plan);
    const args = ['apply', '/lab/shared/staging', sha256(plan)];
    const other = await lab.helper(args, { env: { PKEXEC_UID: '4242' } });
    expect(other.code).toBe(5);
    ends(other, 'other-user');
    ends(await lab.helper(args, { env: { SUDO_UID: '4242' } }), 'other-user');
    await lab.sh('echo "    client-key-data: bmV3" >>/etc/rancher/k3s/k3s.yaml');
    done(await lab.helper(args, { env: { PKEXEC_UID: String(uid) } }));
    expect(await lab.sh(`grep -c bmV3 /var/lib/hearth/handover/${uid}/kubeconfig`)).toBe('1\n');
    await lab.sh('rm /etc/rancher/k3s/k3s.yaml');
    ends(await lab.apply([step('handover', String(uid), '3')], { purpose: 'start' }), 'no-kubeconfig');
  });

  test('a second helper is told that one is at work', async () => {
    const holds = lab.run([
      'flock',
      '/run/hearth.lock',
      'sh',
      '-c',
      'echo held >/lab/shared/held; while [ -e /lab/shared/held ]; do /usr/bin/sleep 0.05; done',
    ]);
    await lab.sh('until [ -e /lab/shared/held ]; do /usr/bin/sleep 0.05; done');
    const before = await lab.snapshot();
    for (const run of [await lab.apply([config]), await lab.helper(['remove'])]) {
      expect(run.code).toBe(4);
      ends(run, 'busy');
    }
    expect(await lab.snapshot()).toEqual(before);
    expect((await lab.helper(['look'])).code).toBe(0);
    await lab.sh('rm /lab/shared/held');
    expect((await holds).code).toBe(0);
    done(await lab.apply([config]));
  });

  test('a ledger cut off by a power loss is mended', async () => {
    done(await lab.apply(installPlan(uid)));
    const ledger = await lab.sh('cat /var/lib/hearth/ledger');
    for (const cut of [1, 7, 30, 90]) {
      await lab.sh(`truncate -s -${cut} /var/lib/hearth/ledger`);
      done(await lab.apply(installPlan(uid)));
      expect(await lab.sh('tail -c 1 /var/lib/hearth/ledger | od -An -c; stat -c %a /var/lib/hearth/ledger')).toMatch(
        /^ *\\n\n644\n$/,
      );
      expect((await lab.sh('grep -c ^intent /var/lib/hearth/ledger')).trim()).toBe(
        String(ledger.match(/^intent/gm)!.length),
      );
    }
    done(await lab.helper(['remove']));
  });

  test('a full disk fails the step with its reason; the next run goes on', async () => {
    await lab.sh(
      'mkdir -p /var/lib/rancher; mount -t tmpfs -o mode=755,size=10m small /var/lib/rancher; head -c 10420000 /dev/zero >/var/lib/rancher/filler',
    );
    const end = ends(await lab.apply(installPlan(uid, { pool: false })), 'no-space');
    expect(end).toMatchObject({ id: 'images' });
    expect(end['text']).toMatch(/the disk is full/);
    expect(await lab.sh('ls -A /var/lib/rancher/k3s/agent/images')).toBe('');
    await lab.sh('rm /var/lib/rancher/filler');
    done(await lab.apply(installPlan(uid, { pool: false })));
    done(await lab.helper(['remove']));
    expect(await lab.sh('ls -A /var/lib/rancher; umount /var/lib/rancher')).toBe('');
  });

  test('a ledger that does not fit leaves nothing undone that it does not know', async () => {
    await lab.sh('mkdir -p /var/lib/hearth; mount -t tmpfs -o mode=755,size=12k small /var/lib/hearth');
    const before = await lab.snapshot({ without: '/var/lib/hearth' });
    ends(await lab.apply(installPlan(uid, { pool: false })), 'no-space');
    done(await lab.helper(['remove']));
    expect(await lab.snapshot({ without: '/var/lib/hearth' })).toEqual(before);
    await lab.sh('umount /var/lib/hearth');
  });

  test('a read-only file system fails the step with its reason', async () => {
    await lab.sh('mkdir -p /etc/rancher; mount -t tmpfs -o ro,mode=755 locked /etc/rancher');
    const end = ends(await lab.apply([step('claim', '/etc/rancher'), config]), 'read-only');
    expect(end).toMatchObject({ id: 'config' });
    await lab.sh('umount /etc/rancher');
    done(await lab.apply([step('claim', '/etc/rancher'), config]));
  });

  test('a reader that goes away ends the run between two steps', async () => {
    const steps = installPlan(uid);
    const plan = planText('install', steps);
    lab.stage(
      plan,
      Object.fromEntries(steps.filter((one) => one.content).map((one) => [one.fields[3]!, one.content!])),
    );
    await lab.run([
      'sh',
      '-c',
      `sh /lab/shared/root-helper.sh apply /lab/shared/staging ${sha256(plan)} | head -n 5 >/dev/null`,
    ]);
    const count = Number(await lab.sh('grep -c ^done /var/lib/hearth/ledger'));
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(6);
    done(await lab.apply(steps));
  });

  test('every byte of a log comes out as the JSON of its UTF-8 text', async () => {
    let seed = 42;
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
    const pieces = [
      'ä',
      '€',
      '😀',
      '"',
      '\\',
      '\u0000',
      '\t',
      '\r',
      '\u007f',
      '\u2028',
      'plain text ',
      '\ud7ff',
      '\ue000',
      '\u{10ffff}',
    ];
    const lines = Array.from({ length: 300 }, () =>
      Buffer.concat(
        Array.from({ length: 1 + random(12) }, () => {
          if (random(3) > 0) return Buffer.from(pieces[random(pieces.length)]!);
          const byte = random(256);
          return Buffer.from([byte === 10 ? 11 : byte]);
        }),
      ),
    );
    lines.push(
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from([0xf4, 0x90, 0x80, 0x80]),
      Buffer.from([0xc0, 0xaf]),
      Buffer.alloc(0),
    );
    await lab.run(['sh', '-c', 'base64 -d >/lab/state/journal'], {
      stdin: Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])).toString('base64'),
    });
    const run = done(await lab.helper(['collect-logs', '500']));
    const texts = run.events.filter((event) => event['unit'] === 'k3s').map((event) => event['text']);
    expect(texts).toEqual(lines.map((line) => line.toString('utf8')));
  });

  test('wrong usage, no root', async () => {
    for (const args of [
      [],
      ['apply'],
      ['apply', '/x'],
      ['remove', '--all'],
      ['look', 'x'],
      ['collect-logs', '0'],
      ['collect-logs', '1;id'],
      ['eval'],
    ]) {
      const run = await lab.helper(args);
      expect(run.code).toBe(2);
      ends(run, 'usage');
    }
  });
  test.skipIf(!otherUsers)('nobody but root', async () => {
    const run = await lab.run(['setpriv', '--reuid=1000', '--clear-groups', 'sh', '-s', 'look'], {
      stdin: await lab.sh('cat /lab/shared/root-helper.sh'),
    });
    expect(run.code).toBe(3);
    expect(JSON.parse(run.stdout.toString())).toMatchObject({ ok: false, code: 'not-root' });
  });
});
