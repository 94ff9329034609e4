import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asCommands, quote } from '../../../../provisioning/commands.ts';
import type { Plan } from '../../../../provisioning/plan.ts';
import { backupPlan, restorePlan, dropBackupPlan } from '../../../../provisioning/plans/backup.ts';
import { installPlan } from '../../../../provisioning/plans/install.ts';
import { stopPlan, tokenPlan } from '../../../../provisioning/plans/run.ts';
import { facts, lan, settings } from './given.ts';

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;
const pem = "-----BEGIN CERTIFICATE-----\nHEARTH_END\nO'Neill $(id) `id`\n-----END CERTIFICATE-----";
const plans: [string, Plan][] = [
  ['solo', installPlan(settings(), facts())],
  ['lan', installPlan(lan({ ca: pem, mirror: 'http://m.lan' }), facts({ firewall: 'firewalld', kvmGroup: 'not-member' }))],
  ['ufw and pool', installPlan(settings({ storage: 'pool-file', poolSize: 2 ** 35 }), facts({ firewall: 'ufw' }))],
  ['disk', installPlan(settings({ storage: 'pool-disk', poolDisk: '/dev/disk/by-id/ata-Empty_1' }), facts())],
  ['stop', stopPlan()],
  ['token', tokenPlan(2)],
  ['backup', backupPlan('x')],
  ['restore', restorePlan('x', 1000)],
  ['drop', dropBackupPlan('x')],
]; // prettier-ignore

describe.each(plans)('%s as commands', (_name, plan) => {
  const text = asCommands(plan);
  it('is a script that sh reads', () => {
    expect(spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });
  it.runIf(has('shellcheck'))('is shellcheck clean', () => {
    expect(spawnSync('shellcheck', ['-s', 'sh', '-'], { input: text, encoding: 'utf8' }).stdout).toBe('');
  });
  it('names every step', () => {
    for (const { title } of [...plan.root, ...plan.cluster]) expect(text).toContain(`# ${title}`);
  });
});

describe('commands', () => {
  it('check what they fetch', () => {
    const text = asCommands(plans[0]?.[1] ?? expect.fail());
    expect(text).toContain("echo '2f98a9f8fe5782479ee2d54e70a1b10a7f6fd4cae8d38ed3098452dc6eed76b5  k3s-v1.36.3+k3s1-amd64' | sha256sum -c -");
    expect(text).toContain('want=k3s-airgap-images-amd64.tar.zst');
    expect(text).not.toContain('virt-launcher:');
  }); // prettier-ignore

  it('hand text over unchanged, whatever is in it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hearth-commands-'));
    try {
      const plan = plans[1]?.[1] ?? expect.fail();
      const all = asCommands({ ...plan, downloads: [], cluster: [], root: plan.root.filter(({ id }) => id === 'ca' || id === 'k3s-config') }); // prettier-ignore
      // sudo that writes into our folder instead: `sudo install -D -m MODE /dev/stdin PATH`.
      writeFileSync(join(folder, 'sudo'), `#!/bin/sh\ncat >"${folder}/$(basename "$6")"\n`, { mode: 0o755 });
      const run = spawnSync('sh', ['-s'], { input: all, encoding: 'utf8', env: { PATH: `${folder}:${process.env['PATH'] ?? ''}` } }); // prettier-ignore
      expect(run.stderr).toBe('');
      expect(readFileSync(join(folder, 'ca.pem'), 'utf8')).toBe(`${pem}\n`);
      const config = plan.root.find(({ id }) => id === 'k3s-config')?.action;
      expect(config).toMatchObject({ content: { text: readFileSync(join(folder, 'config.yaml'), 'utf8') } });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('quote for sh', () => {
    for (const text of ["it's", '$(id)', 'a b', '', '`x`', '*', '-n', 'a\nb', '~', "'''", '\\']) {
      const { stdout } = spawnSync('sh', ['-c', `printf %s ${quote(text)}`], { encoding: 'utf8' });
      expect(stdout).toBe(text);
    }
  });
});
