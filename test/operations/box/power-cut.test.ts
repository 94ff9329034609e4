import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, open, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../../../main/backend/boxes/agent/disks/decide.ts';
import { install, settledSettings } from '../../../main/backend/boxes/agent/install/install.ts';
import { runProcess } from '../../../main/backend/process.ts';
import { attachDisks, must, sha256File, usedDisk } from '../../support/boxes/install/disks.ts';
import type { DiskLab, TestDisk } from '../../support/boxes/install/disks.ts';
import type { InstallJob } from '../../support/boxes/install/install-process.ts';
import { bootFile, inspectDisk } from '../../support/boxes/install/installed.ts';
import { makeMedium } from '../../support/boxes/install/medium.ts';
import type { TestMedium } from '../../support/boxes/install/medium.ts';
import { boxId, installId, makeBoxFolder, makeSlot, readSettings, secret, testOrder, testSettings } from '../../support/boxes/install/order.ts'; // prettier-ignore

const size = 176 * 1024 ** 2;
const identity = { serial: 'TARGET01', size };
let place: string;
let medium: TestMedium;
let pristine: { target: string; decoy: string };

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'hearth-power-'));
  medium = await makeMedium(join(place, 'medium'), { system: 12 * 1024 ** 2, bundle: 3 * 1024 ** 2 });
  await usedDisk(join(place, 'used.img'), size);
  const digest = await sha256File(join(place, 'used.img'));
  pristine = { target: digest, decoy: digest };
});
afterAll(() => rm(place, { recursive: true, force: true }));

interface Round {
  folder: string;
  lab: DiskLab & { detach(): Promise<void> };
  disks: TestDisk[];
  slot: string;
  box: string;
}
async function newRound(): Promise<Round> {
  const folder = await mkdtemp(join(place, 'round-'));
  const disks: TestDisk[] = [
    { name: 'sda', file: join(folder, 'decoy.img'), size, serial: 'PRECIOUS' },
    { name: 'sdb', file: join(folder, 'target.img'), size, serial: 'TARGET01' },
  ];
  for (const { file } of disks) await must(['cp', '--sparse=always', join(place, 'used.img'), file]);
  const lab = await attachDisks(folder, disks);
  return { folder, lab, disks, slot: await makeSlot(lab, testSettings()), box: await makeBoxFolder(folder) };
}

/**
 * Starts an installation and takes the power away once `when` says so: everything is stopped, the disks' files are copied as
 * they are (without what the kernel still holds of the loop devices in memory), then everything is killed.
 */
async function cutPower({ folder, lab, disks, slot, box }: Round, when: (step: string) => number | undefined): Promise<{ after: string; at: string; milliseconds: number }> {
  const job: InstallJob = { folder, disks, medium: medium.folder, publicPem: medium.publicPem, disk: identity, settings: testSettings(), slot, box }; // prettier-ignore
  await writeFile(join(folder, 'job.json'), JSON.stringify(job));
  // A device that is open here too is not written back when the process that dies was its last user.
  const held = await Promise.all(disks.map(({ name }) => open(join(lab.devices, name), 'r')));
  const program = join(import.meta.dirname, '../../support/boxes/install/install-process.ts');
  const child = spawn(process.execPath, [program, join(folder, 'job.json')], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] }); // prettier-ignore
  const began = Date.now();
  let step = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const moment = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString().trim().split('\n')) {
        step = line;
        const delay = when(line);
        if (delay !== undefined) setTimeout(resolve, delay);
      }
    });
    child.on('exit', () => resolve());
  });
  await moment;
  const group = -(child.pid ?? 0);
  if (child.exitCode === null) process.kill(group, 'SIGSTOP');
  const cut = join(folder, 'cut');
  await mkdir(cut);
  for (const { file } of disks) await must(['cp', '--sparse=always', file, join(cut, file.split('/').at(-1) ?? '')]);
  await cp(slot, join(cut, 'slot'));
  if (child.exitCode === null) {
    process.kill(group, 'SIGKILL');
    await new Promise((resolve) => child.on('close', resolve));
  } else if (child.exitCode !== 0) throw new Error(errors);
  for (const each of held) await each.close();
  await cleanUp(folder);
  await lab.detach();
  return { after: cut, at: step, milliseconds: Date.now() - began };
} // prettier-ignore

/** What a dead process left of mounts and loop devices on this round's files. */
async function cleanUp(folder: string): Promise<void> {
  await runProcess(['umount', join(folder, 'target')]);
  const { stdout } = await runProcess(['losetup', '--list', '--noheadings', '--output', 'NAME,BACK-FILE,OFFSET']);
  for (const line of stdout.trim().split('\n')) {
    const [name, file, offset] = line.trim().split(/\s+/);
    if (name && file?.startsWith(folder) && offset !== '0') await runProcess(['losetup', '--detach', name]);
  }
  await sleep(50);
}

type Outcome = 'untouched' | 'resumed' | 'installed';
/** The next start of the stick: says what it found, and brings it to an end. */
async function nextStart(round: Round, after: string): Promise<Outcome> {
  const disks = round.disks.map((disk) => ({ ...disk, file: join(after, disk.file.split('/').at(-1) ?? '') }));
  const slot = join(after, 'slot');
  const lab = await attachDisks(after, disks);
  try {
    const settings = await readSettings(slot);
    const { order, parts, list } = testOrder(lab, medium, { disk: identity, settings, slot, box: round.box });
    const decision = decide(await list(), { rule: 'confirm' }, installId);
    const target = disks[1]?.file ?? '';
    const go = (): Promise<unknown> => install(order, parts, () => undefined, new AbortController().signal);
    switch (decision.do) {
      case 'confirm':
        expect(await sha256File(target)).toBe(pristine.target);
        expect(settings.enrolment?.secret).toBe(secret);
        await go();
        return 'untouched';
      case 'resume':
        expect(decision.disk.serial).toBe('TARGET01');
        expect(settings.enrolment?.secret).toBe(secret);
        // Nothing of it may start: the firmware's file, or at least the one that makes it a box, is not there.
        expect(await bootFile(target, '/hearth/box.json')).toBeUndefined();
        await go();
        return 'resumed';
      case 'already-installed':
        expect(decision.disk.serial).toBe('TARGET01');
        if (!settings.done) await parts.writeSettings(settledSettings(settings, decision.disk, boxId, new Date()));
        return 'installed';
      case 'install':
        throw new Error('nobody said so');
    }
  } finally {
    await lab.detach();
  }
}

async function oneCut(when: (step: string) => number | undefined): Promise<{ outcome: Outcome; at: string; milliseconds: number }> {
  const round = await newRound();
  const { after, at, milliseconds } = await cutPower(round, when);
  const outcome = await nextStart(round, after);
  const inspected = await inspectDisk(join(after, 'target.img'), after, medium.manifest);
  expect(inspected.wrong, `cut at "${at}" after ${milliseconds} ms, ${outcome}`).toEqual([]);
  expect(await sha256File(join(after, 'decoy.img'))).toBe(pristine.decoy);
  const left = await readFile(join(after, 'slot'), 'utf8');
  expect(left).not.toContain(secret);
  await rm(round.folder, { recursive: true });
  return { outcome, at, milliseconds };
} // prettier-ignore

const steps = ['Look at the disk once more', 'Erase the disk', 'Make the partitions', 'Copy the system', 'Read the system back', 'Copy the packages and settings', 'Make the disk start', 'Finish', 'Erase the secrets of the stick']; // prettier-ignore

describe.skipIf(process.getuid?.() !== 0)('the power goes in the middle of an installation', () => {
  it('at any of 24 random moments: the next start of the stick brings it to its end, and no other disk changes', async () => {
    const seen: string[] = [];
    const outcomes = new Set<Outcome>();
    const cut = async (when: (step: string) => number | undefined): Promise<void> => {
      const { outcome, at, milliseconds } = await oneCut(when);
      outcomes.add(outcome);
      seen.push(`${outcome}: ${at}, ${milliseconds} ms`);
    };
    // Within each step, then anywhere.
    for (const step of steps)
      await cut((running) => (running === step ? Math.random() * 60 : running === 'done' ? 0 : undefined));
    for (let round = steps.length; round < 24; round += 1) {
      const delay = Math.random() * 2500;
      await cut((running) => (running === 'Check the stick' ? delay : undefined));
    }
    console.log(seen.join('\n'));
    expect([...outcomes].toSorted()).toEqual(['installed', 'resumed', 'untouched']);
    expect((await readdir(place)).filter((name) => name.startsWith('round-'))).toEqual([]);
  }, 900_000);
});
