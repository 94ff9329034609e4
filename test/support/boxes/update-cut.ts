import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readBootenv, writeBootenv } from '../../../main/backend/boxes/agent/upkeep/bootenv.ts';
import { grubStarts, installSlot, mediumFiles, upkeepLab, wholeSystem } from './upkeep-lab.ts';
import type { UpkeepLab } from './upkeep-lab.ts';

const child = join(import.meta.dirname, 'update-child.ts');

/** Runs the update in a process of its own, killed `afterMs` after it began; resolves with how many milliseconds it ran. */
async function updateKilled(lab: UpkeepLab, path: string, afterMs: number): Promise<{ ms: number; ended: boolean }> {
  const pem = lab.key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const running = spawn(process.execPath, [child, lab.root, Buffer.from(pem).toString('base64'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let began = 0;
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  running.stdout.on('data', (chunk: Buffer) => {
    if (chunk.includes('begin')) {
      began = performance.now();
      timer = setTimeout(() => running.kill('SIGKILL'), afterMs);
    }
    ended ||= chunk.includes('end');
  });
  await new Promise((resolve) => {
    running.on('close', resolve);
  });
  clearTimeout(timer);
  return { ms: performance.now() - began, ended };
}

/**
 * Cuts an update off at `cuts` moments spread over it; the box has to start after each, and to take the update afterwards.
 * Resolves with what was found: the prepared trial and what the other slot held.
 */
export async function cutUpdates(cuts: number): Promise<string[]> {
  const lab = await upkeepLab();
  try {
    const path = await lab.image('new.img', { version: '1.1.0', size: 12_000_000 });
    const older = mediumFiles(lab.key, { version: '0.9.0' });
    const bootenv = join(lab.esp, 'hearth/bootenv');
    const whole = await updateKilled(lab, path, 60_000);
    expect(whole.ended).toBe(true);
    const seen = new Set<string>();
    for (let cut = 0; cut < cuts; cut += 1) {
      await installSlot(lab.esp, 'b', older);
      await writeBootenv(bootenv, { keep: 'a', tried: false });
      const { ended } = await updateKilled(lab, path, (whole.ms * (cut + Math.random())) / cuts);
      const choice = await readBootenv(bootenv);
      const slot = await grubStarts(lab.esp);
      expect(await wholeSystem(lab, slot)).toBe(slot === 'a' ? '1.0.0' : '1.1.0');
      expect(await wholeSystem(lab, 'a')).toBe('1.0.0');
      seen.add(ended ? 'ended' : `${choice?.trial ?? 'none'} ${await wholeSystem(lab, 'b').catch(() => 'unfinished')}`);
      // The next start after a trial that was not kept is the old system.
      expect(await grubStarts(lab.esp)).toBe('a');
    }
    const agent = lab.agent('a', '1.0.0');
    await agent.start();
    await agent.update({ path, restart: false });
    expect(await wholeSystem(lab, 'b')).toBe('1.1.0');
    return [...seen];
  } finally {
    await lab.close();
  }
}
