import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Agent } from '../../../../main/backend/boxes/agent/agent.ts';
import type { AgentState } from '../../../../main/contract/box/agent.ts';
import { agentLab, disk, fileText, until } from '../../../support/boxes/agent/agent-lab.ts';
import type { AgentLab } from '../../../support/boxes/agent/agent-lab.ts';
import { dial } from '../../../support/boxes/agent/asker.ts';
import type { Asker } from '../../../support/boxes/agent/asker.ts';

const installId = 'ab'.repeat(16);
const settings = (more: object = {}): object => ({ version: 1, installId, hostName: 'attic', ...more });

let lab: AgentLab;
let agent: Agent | undefined;
let client: Asker | undefined;
beforeEach(async () => {
  lab = await agentLab();
  lab.disks = [disk('nvme0n1', 'GOOD1234'), disk('sda', 'PRECIOUS', { content: 'Windows' })];
});
afterEach(async () => {
  client?.close();
  await agent?.close();
  await lab.remove();
});
const start = async (): Promise<Asker> => {
  agent = await lab.start();
  client = await dial(lab.at('/run/hearth/agent.sock'));
  return client;
};
const reach = (stage: AgentState['stage']): Promise<AgentState> =>
  until(`stage ${stage}`, () => client?.state as AgentState, (state) => state?.stage === stage); // prettier-ignore

describe('a box on a stick', () => {
  it('waits for the choice by default, takes the right four letters only, installs and switches off', async () => {
    await lab.putSettings(settings());
    const asker = await start();
    const state = await reach('choosing');
    expect(state).toMatchObject({ stick: { verified: 'good', settings: true, installId }, wishes: { hostName: 'attic' } });
    expect(state.disks).toHaveLength(2);
    const choice = { do: 'choose-disk', disk: { serial: 'GOOD1234', size: 64_000_000_000 }, reinstall: false } as const;
    await expect(asker.ask({ ...choice, confirm: 'OUS' })).rejects.toMatchObject({ problem: { code: 'disk-not-confirmed' } });
    const other = { ...choice, disk: { serial: 'GOOD1234', size: 1 } };
    await expect(asker.ask({ ...other, confirm: '1234' })).rejects.toMatchObject({ problem: { code: 'disk-gone' } });
    expect(lab.installed).toEqual([]);
    await asker.ask({ ...choice, confirm: '1234' });
    await reach('installed');
    expect(lab.installed).toMatchObject([{ disk: { name: 'nvme0n1' }, settings: { installId, hostName: 'attic' } }]);
    lab.stick.there = false;
    await until('power cut', () => lab.cut, (cut) => cut === 1); // prettier-ignore
  }); // prettier-ignore

  it('erases the disk that the stick names once nobody stopped the countdown', async () => {
    await lab.putSettings(settings({ disk: { rule: 'serial', serial: 'GOOD1234' } }));
    await start();
    const { countdown } = await reach('countdown');
    expect(countdown).toMatchObject({ disk: { name: 'nvme0n1' }, secondsLeft: expect.any(Number) as number });
    await reach('installed');
    expect(lab.installed).toMatchObject([{ disk: { name: 'nvme0n1' }, reinstall: false }]);
    lab.screen.press('x');
    await until('switched off', () => lab.ran, (ran) => ran.some((line) => line.includes('poweroff'))); // prettier-ignore
  });

  it('stops the countdown at any key, and for good', async () => {
    await lab.putSettings(settings({ disk: { rule: 'serial', serial: 'GOOD1234' } }));
    await start();
    await reach('countdown');
    lab.screen.press('q');
    await reach('choosing');
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(lab.installed).toEqual([]);
    expect(agent?.state.stage).toBe('choosing');
  });

  it('stops the countdown when the disk goes', async () => {
    await lab.putSettings(settings({ disk: { rule: 'serial', serial: 'GOOD1234' } }));
    await start();
    await reach('countdown');
    lab.disks = [disk('sda', 'PRECIOUS')];
    const { words } = await reach('choosing');
    expect(words).toContain('GOOD1234');
    lab.disks = [disk('nvme0n1', 'GOOD1234')];
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(lab.installed).toEqual([]);
  });

  it('lets a person at the console choose: number, four letters, Enter; Esc goes back', async () => {
    await start();
    await reach('choosing');
    for (const key of ['2', 'G', 'O']) lab.screen.press(key);
    lab.screen.press('\u001B');
    for (const key of ['1', 'n', 'o', 'p', 'e', '\r']) lab.screen.press(key);
    await until('refused', () => lab.screen.text, (text) => text.includes('not the end of the serial number')); // prettier-ignore
    expect(lab.installed).toEqual([]);
    for (const key of ['1', '2', '3', '4', '\r']) lab.screen.press(key);
    await reach('installed');
    expect(lab.installed).toMatchObject([{ disk: { name: 'nvme0n1' } }]);
  });

  it('tries it live when wished, or by a key, and comes back', async () => {
    await lab.putSettings(settings({ mode: 'try', disk: { rule: 'serial', serial: 'GOOD1234' } }));
    const asker = await start();
    await reach('trying');
    await expect(
      asker.ask({ do: 'choose-disk', disk: { serial: 'GOOD1234', size: 64_000_000_000 }, confirm: '1234', reinstall: false }),
    ).rejects.toMatchObject({ problem: { code: 'not-now' } });
    await asker.ask({ do: 'back-to-install' });
    await reach('choosing');
    lab.screen.press('t');
    await reach('trying');
    expect(lab.installed).toEqual([]);
  }); // prettier-ignore

  it('does not install again what this stick has installed, and switches off', async () => {
    lab.disks = [disk('nvme0n1', 'GOOD1234', { hearth: { boxId: 'cd'.repeat(16), hostName: 'attic', installId }, refused: { code: 'hearth-box', why: 'x' } })]; // prettier-ignore
    await lab.putSettings(settings({ disk: { rule: 'serial', serial: 'GOOD1234' } }));
    await start();
    const { words } = await reach('installed');
    expect(words).toMatch(/has installed .* already.*Remove the stick/);
    await until('switched off', () => lab.ran, (ran) => ran.some((line) => line.includes('poweroff'))); // prettier-ignore
    expect(lab.installed).toEqual([]);
  });

  it('says what went wrong with an installation and lets choose again', async () => {
    lab.installation = () => Promise.reject(new Error('the disk went away'));
    const asker = await start();
    await reach('choosing');
    await asker.ask({ do: 'choose-disk', disk: { serial: 'GOOD1234', size: 64_000_000_000 }, confirm: '1234', reinstall: false }); // prettier-ignore
    const { problem } = await until('failed', () => client?.state as AgentState, (state) => state?.problem !== undefined); // prettier-ignore
    expect(problem?.detail).toBe('the disk went away');
    expect(agent?.state.stage).toBe('choosing');
  });

  it('offers nothing on a damaged stick', async () => {
    await lab.putSettings(settings({ disk: { rule: 'serial', serial: 'GOOD1234' } }));
    const path = lab.at('/run/hearth/medium/hearth/live/root.squashfs');
    const bytes = await readFile(path);
    bytes[200_000] = (bytes[200_000] ?? 0) ^ 1;
    await writeFile(path, bytes);
    const asker = await start();
    const state = await reach('trouble');
    expect(state).toMatchObject({ stick: { verified: 'damaged' }, problem: { code: 'image-damaged' } });
    expect(state.disks).toBeUndefined();
    await expect(
      asker.ask({ do: 'choose-disk', disk: { serial: 'GOOD1234', size: 64_000_000_000 }, confirm: '1234', reinstall: false }),
    ).rejects.toMatchObject({ problem: { code: 'not-now' } });
    lab.screen.press('p');
    lab.screen.press('p');
    await until('switched off', () => lab.ran, (ran) => ran.some((line) => line.includes('poweroff')));
  }); // prettier-ignore

  it('refuses a file too many', async () => {
    await appendFile(lab.at('/run/hearth/medium/EFI/BOOT/evil.efi'), 'x');
    await start();
    expect((await reach('trouble')).problem?.code).toBe('image-damaged');
  });
});

describe('settings of a stick', () => {
  it('without any: defaults, and the same id at every start', async () => {
    await start();
    const { stick, wishes } = await reach('choosing');
    expect(stick).toMatchObject({ settings: false, installId: expect.stringMatching(/^[0-9a-f]{32}$/) as string });
    expect(wishes.hostName).toBe('hearth');
    await agent?.close();
    agent = await lab.start();
    expect((await until('again', () => agent?.state.stick, (found) => found !== undefined))?.installId).toBe(stick?.installId);
  }); // prettier-ignore

  it('that are no JSON: a problem, and nothing is erased by itself', async () => {
    await lab.putSettings('{"version":1,"disk":{"rule":"single-blank"');
    lab.disks = [disk('nvme0n1', 'GOOD1234')];
    await start();
    expect((await reach('choosing')).problem?.code).toBe('stick-settings-unreadable');
  });

  it('with wrong fields: every one is named, and nothing is erased by itself', async () => {
    await lab.putSettings(settings({ hostName: 'Not A Name', disk: { rule: 'largest' }, timeZone: '../../etc' }));
    lab.disks = [disk('nvme0n1', 'GOOD1234')];
    await start();
    const { problem, stick } = await reach('choosing');
    expect(problem?.code).toBe('stick-settings-wrong');
    expect(Object.keys(problem?.fields ?? {}).sort()).toEqual(['disk.rule', 'hostName', 'timeZone']);
    expect(stick).toMatchObject({ settings: false, installId });
  });

  it('carry a secret that is used once: erased from the stick, refused when it comes back', async () => {
    const secret = 's'.repeat(43);
    const enrolment = { secret, expires: '2099-01-01T00:00:00Z', app: { name: 'Desk', fingerprint: 'f'.repeat(64) } };
    await lab.putSettings(settings({ enrolment }));
    const asker = await start();
    await reach('choosing');
    expect(agent?.state.enrolment).toBe(true);
    expect(JSON.stringify(agent?.state)).not.toContain(secret);
    expect(await asker.ask({ do: 'enrolment' })).toEqual(enrolment);
    await asker.ask({ do: 'enrolment-spent' });
    expect(await asker.ask({ do: 'enrolment' })).toBeNull();
    const left = await fileText(lab.at('/run/hearth/medium/hearth/settings'));
    expect(left).toHaveLength(64 * 1024);
    expect(left).not.toContain(secret);
    expect(JSON.parse(left)).toMatchObject({ installId, hostName: 'attic' });

    await agent?.close();
    await lab.putSettings(settings({ enrolment }));
    agent = await lab.start();
    await until('enrolment', () => agent?.state, (state) => state?.stage === 'choosing');
    expect(agent.state.enrolment).toBe(false);
    expect(await fileText(lab.at('/run/hearth/medium/hearth/settings'))).not.toContain(secret);
  }); // prettier-ignore

  it('an expired secret is none', async () => {
    const enrolment = { secret: 's'.repeat(43), expires: '2020-01-01T00:00:00Z', app: { name: 'Desk', fingerprint: 'f'.repeat(64) } }; // prettier-ignore
    await lab.putSettings(settings({ enrolment }));
    const asker = await start();
    expect(await asker.ask({ do: 'enrolment' })).toBeNull();
    expect((await reach('choosing')).enrolment).toBe(false);
  });
});
