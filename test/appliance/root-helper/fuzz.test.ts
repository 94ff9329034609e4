import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLab, planText, sha256 } from '../../support/root-helper/lab.ts';
import type { Lab, Step } from '../../support/root-helper/lab.ts';
import { installPlan } from '../../support/root-helper/install-plan.ts';
import { noRoom } from '../../support/root-helper/room.ts';

const seed = Number(process.env['HEARTH_SEED'] ?? 4711);
// What any plan at all may change. Everything else must be as before, whatever a mutated plan says.
const allowed = new RegExp(
  [
    '/var/lib/(hearth|rancher|kubelet|cni|kubevirt|hearth-kept)',
    '/var/log/(pods|containers)',
    '/etc/(rancher|cni|NetworkManager)',
    '/etc/(sysctl.d/90-hearth.conf|modules-load.d/hearth.conf|apparmor.d/local/usr.sbin.libvirtd)',
    '/etc/systemd/(system/((k3s|k3s-agent|hearth-net|hearth-pool).service|multi-user.target.wants/(k3s|hearth))|logind.conf.d)',
    '/(usr/local|opt)/bin/(k3s|virtctl|hearth-net|hearth-pool)',
    '/opt/bin ',
    '/etc/(group|gshadow)',
    '/run/(k3s|flannel|kubevirt)',
    '/sys/module/[a-z_0-9]+',
    '/sys/class/net/(cni0|flannel.1|veth77|hl0)',
    '/proc/sys/(fs/inotify|kernel/keys|kernel/panic|vm/|net/ipv4/ip_forward)',
    '/lab/state/',
  ].join('|'),
);
// Fields that a mutation may put in the place of another.
const words = [
  ...'. .. / -1 0 00 1e9 $(id) `id` ;id |id & * ? ~ " \' \\ %s ä -rf --help 1 99999999999999999999'.split(' '),
  ...'0777 4755 0644 root sudo k3s ssh kvm file dir claim enable end step overlay kernel.core_pattern'.split(' '),
  ...'/etc/passwd /etc/shadow ../../../etc/passwd /etc/rancher/../passwd /var/lib/secret /etc / /srv/hearth-volumes'.split(
    ' ',
  ),
  ...'/etc/systemd/system/other.service 10.0.0.0/8 0.0.0.0/0 vm.overcommit_memory'.split(' '),
  '',
  ' ',
  '\r',
  '\u0000',
  '\u001b',
];

describe.skipIf(noRoom)('mutated plans', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.close());

  // Without the steps that wait: a number that a mutation made large would only take time.
  const steps: Step[] = installPlan(0).filter(
    (step) => !['wait-unit', 'handover', 'pool-file'].includes(step.fields[0]!),
  );
  const good = planText('install', steps);
  let state = seed;
  const random = (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
  const one = <T>(list: readonly T[]): T => list[random(list.length)]!;

  const mutations: ((bytes: Buffer) => Buffer)[] = [
    (bytes) => {
      const changed = Buffer.from(bytes);
      changed[random(changed.length)] = random(256);
      return changed;
    },
    (bytes) => {
      const at = random(bytes.length);
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(one(words)), bytes.subarray(at)]);
    },
    (bytes) => {
      const at = random(bytes.length);
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(20))]);
    },
    (bytes) => bytes.subarray(0, random(bytes.length)),
    (bytes) => byLine(bytes, (lines) => lines.toSpliced(random(lines.length), 1)),
    (bytes) => byLine(bytes, (lines) => lines.toSpliced(random(lines.length), 0, one(lines))),
    (bytes) => byLine(bytes, (lines) => lines.with(random(lines.length), one(lines))),
    ...[1, 2, 3].map(
      () => (bytes: Buffer) =>
        byLine(bytes, (lines) => {
          const at = random(lines.length);
          const fields = lines[at]!.split('\t');
          return lines.with(
            at,
            fields.with(random(fields.length), one([...words, ...one(lines).split('\t')])).join('\t'),
          );
        }),
    ),
    (bytes) =>
      byLine(bytes, (lines) => {
        const at = random(lines.length);
        const fields = lines[at]!.split('\t');
        return lines.with(at, fields.toSpliced(random(fields.length + 1), 0, one(words)).join('\t'));
      }),
  ];
  const byLine = (bytes: Buffer, change: (lines: string[]) => string[]): Buffer =>
    Buffer.from(`${change(bytes.toString('latin1').split('\n').slice(0, -1)).join('\n')}\n`, 'latin1');

  test.each(Array.from({ length: 16 }, (_, batch) => batch))(
    '25 of them touch nothing they must not, batch %i',
    async (batch) => {
      state = seed + batch * 1000;
      await lab.furnish();
      const before = await lab.snapshot();
      const folder = join(lab.shared, 'batch');
      rmSync(folder, { recursive: true, force: true });
      const plans = Array.from({ length: 25 }, () => {
        let plan: Buffer = Buffer.from(good);
        for (let count = 1 + random(2); count > 0; count--) plan = one(mutations)(plan);
        return plan;
      });
      plans.forEach((plan, n) => {
        const staging = join(folder, String(n));
        mkdirSync(staging, { recursive: true });
        for (const step of steps) if (step.content) writeFileSync(join(staging, step.fields[3]!), step.content);
        writeFileSync(join(staging, 'plan'), plan);
      });
      const hashes = plans.map((plan) => sha256(plan)).join(' ');
      // One after the other in the room. A mutation may well be a plan that is in order.
      const codes = await lab.sh(`n=0; for hash in ${hashes}; do
        code=0; sh /lab/shared/root-helper.sh apply /lab/shared/batch/$n $hash >/lab/shared/batch/$n/out 2>/lab/shared/batch/$n/err || code=$?
        echo $code; n=$((n + 1)); done`);
      const after = await lab.snapshot();
      const changed = [
        ...before.filter((line) => !after.includes(line)),
        ...after.filter((line) => !before.includes(line)),
      ];
      const all = codes.trim().split('\n').map(Number);
      expect(all).toHaveLength(25);
      expect({ seed, other: all.filter((code) => ![0, 1, 5].includes(code)) }).toEqual({ seed, other: [] });
      const folders = /^\/(etc|var|var\/lib|opt)(\/systemd)? d /;
      const outside = changed.filter((line) => !allowed.test(line) && !folders.test(line));
      expect({ seed, outside }).toEqual({ seed, outside: [] });
      if (all.every((code) => code === 5)) expect({ seed, changed }).toEqual({ seed, changed: [] });
      // Errors of the shell would mean that something was read that was not checked.
      expect(await lab.sh('cat /lab/shared/batch/*/err')).toBe('');
      expect(all.filter((code) => code === 5).length).toBeGreaterThan(12);
    },
  );
});
