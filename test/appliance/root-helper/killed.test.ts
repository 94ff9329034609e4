import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLab, outcome } from '../../support/root-helper/lab.ts';
import type { HelperRun, Lab } from '../../support/root-helper/lab.ts';
import { installPlan } from '../../support/root-helper/install-plan.ts';
import { noRoom, otherUsers } from '../../support/root-helper/room.ts';

// Programs of the system that the helper calls; a kill falls right before or right after one of these calls.
const mined =
  'awk cat chmod chown cmp cp cut dd find grep mkdir mv rm rmdir sed sha256sum sort stat sync tail tar truncate';
const seed = Number(process.env['HEARTH_SEED'] ?? 20261121);

/** Numbers from 0 up to 1, the same every time. */
function numbers(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

describe.skipIf(noRoom)('the root helper, killed the hard way', () => {
  const uid = otherUsers ? 1000 : 0;
  const steps = installPlan(uid);
  let lab: Lab;
  let pristine: string[];
  let installed: { files: string[]; ledger: string[] };
  let calls: { apply: number; remove: number };

  const done = (run: HelperRun, what: string) =>
    expect({ what, ...outcome(run) }).toEqual({
      what,
      last: { event: 'end', ok: true },
      failed: [],
      stderr: run.stderr,
    });
  const mine = (at: number) => lab.sh(`rm -f /lab/mine.count; echo ${at} >/lab/mine`);
  const called = async () => Number(await lab.sh('wc -l </lab/mine.count'));
  /** What an installation left: everything but the ledger's times and numbers, and what its entries say. */
  const state = async () => {
    const entries = (await lab.helper(['look'])).events[0]!['ledger'] as Record<string, unknown>[];
    return {
      files: (await lab.snapshot()).filter((line) => !line.includes('/var/lib/hearth/ledger')),
      ledger: entries
        .map((entry) => JSON.stringify([entry['id'], entry['fields'], entry['before'], entry['state']]))
        .toSorted(),
    };
  };
  const furnish = async () => {
    await lab.furnish();
    await lab.sh(`for name in ${mined}; do rm -f /usr/sbin/$name; ln -s /lab/stand-ins/mine.sh /usr/sbin/$name; done`);
  };

  beforeAll(async () => {
    lab = await openLab();
    await furnish();
    pristine = await lab.snapshot();
    await mine(1_000_000);
    done(await lab.apply(steps), 'undisturbed');
    const applied = await called();
    await lab.sh('rm /lab/mine');
    installed = await state();
    await mine(1_000_000);
    done(await lab.helper(['remove']), 'undisturbed');
    calls = { apply: applied, remove: await called() };
    await lab.sh('rm /lab/mine');
    if ((await lab.snapshot()).join() !== pristine.join()) throw new Error('an undisturbed removal leaves something');
  });
  afterAll(() => lab?.close());

  /** Kills a run at its call number `at`; true when it was still running then. */
  const killedAt = async (at: number, run: () => Promise<HelperRun>): Promise<boolean> => {
    await mine(at);
    const { code } = await run();
    await lab.sh('rm -f /lab/mine');
    return code === null;
  };
  const share = (index: number, count: number, random: () => number) => (index + random()) / count;

  // Spread over the whole run, so that every kind of step is hit.
  test.each(Array.from({ length: 10 }, (_, group) => group))(
    'while applying, 3 kills, group %i',
    { timeout: 180_000 },
    async (group) => {
      const random = numbers(seed + group);
      for (let index = group * 3; index < group * 3 + 3; index++) {
        await furnish();
        const at = 1 + Math.floor(share(index, 30, random) * (calls.apply - 1));
        const what = `seed ${seed}, killed at call ${at} of ${calls.apply}`;
        expect({ what, killed: await killedAt(at, () => lab.apply(steps)) }).toEqual({ what, killed: true });
        // Now and then it is killed again while it goes on, or given up at once.
        const next = random();
        if (next < 0.3) await killedAt(1 + Math.floor(random() * calls.apply), () => lab.apply(steps));
        if (next < 0.8) {
          done(await lab.apply(steps), what);
          expect({ what, ...(await state()) }).toEqual({ what, ...installed });
        }
        done(await lab.helper(['remove']), what);
        expect({ what, files: await lab.snapshot() }).toEqual({ what, files: pristine });
      }
    },
  );

  test.each(Array.from({ length: 5 }, (_, group) => group))(
    'while removing, 4 kills, group %i',
    { timeout: 180_000 },
    async (group) => {
      const random = numbers(seed + 100 + group);
      for (let index = group * 4; index < group * 4 + 4; index++) {
        await furnish();
        done(await lab.apply(steps), 'install');
        const at = 1 + Math.floor(share(index, 20, random) * (calls.remove - 1));
        const what = `seed ${seed}, killed at call ${at} of ${calls.remove}`;
        expect({ what, killed: await killedAt(at, () => lab.helper(['remove'])) }).toEqual({ what, killed: true });
        if (random() < 0.3) await killedAt(1 + Math.floor(random() * calls.remove), () => lab.helper(['remove']));
        done(await lab.helper(['remove']), what);
        expect({ what, files: await lab.snapshot() }).toEqual({ what, files: pristine });
      }
    },
  );

  test('by the clock, at 6 moments', { timeout: 180_000 }, async () => {
    const random = numbers(seed + 200);
    for (let index = 0; index < 6; index++) {
      await furnish();
      const started = Date.now();
      const killAfterMs = Math.floor(50 + share(index, 6, random) * 2500);
      await lab.apply(steps, { killAfterMs });
      const what = `killed after ${Date.now() - started} ms`;
      done(await lab.apply(steps), what);
      expect({ what, ...(await state()) }).toEqual({ what, ...installed });
    }
  });

  test(
    'over a restore, at 12 moments: the old state or the new one, never a mixture, and k3s runs again',
    { timeout: 180_000 },
    async () => {
      const random = numbers(seed + 300);
      const parts = 'cd /var/lib/rancher/k3s; cat server/db/* server/token server/cred/* /etc/rancher/node/password';
      await furnish();
      done(await lab.apply(steps), 'install');
      const backup = [{ id: 'backup', fields: ['backup', 'one'] }];
      const restore = [{ id: 'restore', fields: ['restore', 'one'] }];
      done(await lab.apply(backup), 'backup');
      const old = await lab.sh(parts);
      const renew = () =>
        lab.sh(`cd /var/lib/rancher/k3s
        for f in server/db/state.db server/db/wal server/token server/cred/encryption-config.json /etc/rancher/node/password; do
          echo new >$f; done`);
      await renew();
      const fresh = await lab.sh(parts);
      await mine(1_000_000);
      done(await lab.apply(restore), 'restore');
      const count = await called();
      for (let index = 0; index < 12; index++) {
        await lab.sh('rm -f /lab/mine');
        await renew();
        const at = 1 + Math.floor(share(index, 12, random) * (count - 1));
        await killedAt(at, () => lab.apply(restore));
        // Any next run puts things in order first.
        done(await lab.apply([{ id: 'start', fields: ['start', 'k3s'] }]), `killed at call ${at}`);
        expect([old, fresh]).toContain(await lab.sh(parts));
        expect(await lab.sh('systemctl is-active k3s; ls -A /var/lib/rancher/k3s')).toBe('active\nagent\nserver\n');
      }
    },
  );
});
