import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hostile } from '../../support/root-helper/hostile.ts';
import { fileStep, openLab, planText, sha256 } from '../../support/root-helper/lab.ts';
import type { Lab } from '../../support/root-helper/lab.ts';
import { noRoom, otherUsers } from '../../support/root-helper/room.ts';

const script = join(import.meta.dirname, '../../../provisioning/root-helper.sh');

describe.skipIf(noRoom)('hostile plans are refused whole', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.furnish());

  test.for(hostile)('$name', async (one, context) => {
    if (one.otherUsers && !otherUsers) return context.skip('an ordinary user has no other users in a room');
    if (one.prepare) await lab.sh(one.prepare);
    lab.stage(one.plan, one.files ?? {});
    if (one.staged) await lab.sh(one.staged);
    const before = await lab.snapshot();
    const run = await lab.helper(['apply', '/lab/shared/staging', one.sha ?? sha256(one.plan)]);
    expect({ code: run.code, events: run.events.length }).toEqual({ code: 5, events: 1 });
    expect(run.events[0]).toMatchObject({ event: 'end', ok: false, failed: 0 });
    expect(String(run.events[0]!['text'])).toMatch(/^[A-Za-z/].{15,}\.$/);
    expect(run.stderr).toBe('');
    expect(await lab.snapshot()).toEqual(before);
    // Nothing was even asked of the programs that change things.
    expect(await lab.sh('grep -vE "is-(active|enabled)|show" /lab/calls || :')).toBe('');
  });

  test('there are many of them', () => expect(hostile.length).toBeGreaterThanOrEqual(80));

  test('content that is exchanged after the plan was accepted is not placed', async () => {
    // A module that takes its time, while the content of the next step is exchanged.
    const config = fileStep('config', '0600', '/etc/rancher/k3s/config.yaml', 'node-name: lab\n');
    const steps = [{ id: 'modules', fields: ['modules', 'overlay'] }, config];
    await lab.sh(`rm /usr/sbin/modprobe; printf '#!/bin/sh\\nmkdir /sys/module/overlay\\necho evil >/lab/shared/staging/${config.fields[3]}\\n' >/usr/sbin/modprobe
      chmod 755 /usr/sbin/modprobe`);
    const run = await lab.apply(steps);
    await lab.sh('ln -sf /lab/stand-ins/modprobe.sh /usr/sbin/modprobe');
    expect(run.code).toBe(1);
    expect(run.events.at(-1)).toMatchObject({ code: 'bad-file', id: 'config' });
    expect(await lab.sh('ls -A /etc/rancher/k3s')).toBe('');
  });

  test('variables of the caller change nothing', async () => {
    const env = [
      'PATH=/lab/shared/bin',
      'IFS=e',
      'ENV=/lab/shared/evil',
      'TAR_OPTIONS=--checkpoint-action=exec=x',
      'LC_ALL=de_DE.UTF-8',
    ];
    await lab.sh(`mkdir -p /lab/shared/bin; printf '#!/bin/sh\\ntouch /srv/evil\\n' >/lab/shared/bin/id; cp /lab/shared/bin/id /lab/shared/bin/awk
      cp /lab/shared/bin/id /lab/shared/evil; chmod 755 /lab/shared/bin/*`);
    const plan = planText('install', [{ id: 'modules', fields: ['modules', 'overlay'] }]);
    lab.stage(plan);
    const args = ['/bin/sh', '/lab/shared/root-helper.sh', 'apply', '/lab/shared/staging', sha256(plan)];
    expect((await lab.run(['/usr/bin/env', ...env, ...args])).code).toBe(0);
    expect(await lab.sh('ls /srv; cat /sys/module/overlay/refcnt')).toBe('0\n');
  });
});

const shellcheck = spawnSync('shellcheck', ['--version'], { encoding: 'utf8' });
test.skipIf(shellcheck.error !== undefined)('shellcheck finds nothing, with every optional check', () => {
  const found = spawnSync('shellcheck', ['--shell=sh', '--enable=all', '--format=gcc', script], { encoding: 'utf8' });
  expect(found.stdout + found.stderr).toBe('');
  expect(found.status).toBe(0);
});
