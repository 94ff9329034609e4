import { existsSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { virtualMachines } from '../../main/embedded/kube/resources.ts';
import { leftRecords } from '../../main/embedded/machine/qemu/adopt.ts';
import { MachineLab } from '../support/machine-lab.ts';
import type { Terminal } from '../support/machine-lab.ts';
import { secureDisk } from '../support/secure-disk.ts';
import { starterImage } from '../support/starter.ts';

const secureFirmware = {
  ovmfCodeSecure: '/usr/share/OVMF/OVMF_CODE_4M.ms.fd',
  ovmfVarsSecure: '/usr/share/OVMF/OVMF_VARS_4M.ms.fd',
};
const secure = {
  firmware: { bootloader: { efi: { secureBoot: true } } },
  features: { smm: { enabled: true } },
};

/** Commands of TPM 2.0 (TCG's specification, part 3) with the empty password: an index of 6 bytes in the non-volatile memory. */
const command = (code: string, rest: string, sessions = true): string => {
  const body = `${code}${rest}`;
  return `${sessions ? '8002' : '8001'}${(6 + body.length / 2).toString(16).padStart(8, '0')}${body}`;
};
const owner = '40000001';
const index = '01500016';
const password = '00000009400000090000000000';
const text = Buffer.from('hearth').toString('hex');
const defineIndex = command('0000012a', `${owner}${password}0000000e${index}000b0206000600000006`);
const writeIndex = command('00000137', `${owner}${index}${password}0006${text}0000`);
const readIndex = command('0000014e', `${owner}${index}${password}00060000`);

let disk: string;
let lab: MachineLab | undefined;
beforeAll(async () => {
  disk = await secureDisk();
}, 180_000);
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

const ask = async (terminal: Terminal, words: string): Promise<string> => {
  terminal.send(`tpm ${words}\n`);
  return (await terminal.expect(/tpm-answers [0-9a-f]+/)).slice('tpm-answers '.length);
};
const succeeded = /^800[12][0-9a-f]{8}00000000/;

describe.skipIf(!existsSync(secureFirmware.ovmfCodeSecure))('Secure Boot and the TPM in a real guest', () => {
  it('boots a signed system with Secure Boot on, and its persistent TPM remembers over a restart of the machine', async () => {
    lab = await MachineLab.open({ image: disk, config: { firmware: secureFirmware } });
    const current = lab;
    current.createVm('win', { memory: '512Mi', domain: secure, devices: { tpm: { persistent: true } } });
    await current.until('running', () => current.phase('win') === 'Running');
    const argv = leftRecords(current.context)[0]?.argv.join(' ') ?? '';
    expect(argv).toMatch(/-machine q35,\S*smm=on/);
    expect(argv).toContain('driver=cfi.pflash01,property=secure,value=on');
    const first = await current.console('win');
    await first.expect(/guest-ready/, 120_000);
    for (const line of ['firmware-says SecureBoot=1', 'secureboot: Secure boot enabled', 'locked down from EFI Secure Boot', '/dev/tpm0'])
      expect(first.text).toContain(line); // prettier-ignore
    expect(await ask(first, readIndex)).not.toMatch(succeeded);
    expect(await ask(first, defineIndex)).toMatch(succeeded);
    expect(await ask(first, writeIndex)).toMatch(succeeded);
    expect(await ask(first, readIndex)).toContain(text);
    first.stream.destroy();

    // A running TPM answers on under the next engine, which found both processes again.
    await current.restartEngine();
    const again = await current.console('win');
    expect(await ask(again, readIndex)).toContain(text);
    again.stream.destroy();

    const before = current.vmi('win')?.metadata.uid;
    await current.call(virtualMachines, 'win', 'restart', { gracePeriodSeconds: 0 });
    await current.until('the next instance runs', () => {
      const uid = current.vmi('win')?.metadata.uid;
      return uid !== undefined && uid !== before && current.phase('win') === 'Running';
    });
    const second = await current.console('win');
    await second.expect(/guest-ready/, 120_000);
    expect(await ask(second, readIndex)).toContain(text);
  });

  it('refuses a boot loader that nobody signed', async () => {
    lab = await MachineLab.open({ image: await starterImage(), config: { firmware: secureFirmware } });
    const current = lab;
    current.createVm('unsigned', { memory: '256Mi', domain: secure });
    await current.until('running', () => current.phase('unsigned') === 'Running');
    await (await current.console('unsigned')).expect(/failed to (load|start) .*Access Denied/, 60_000);
  });

  it('a TPM that is not persistent starts anew', async () => {
    lab = await MachineLab.open({ image: disk });
    const current = lab;
    const uefi = { firmware: { bootloader: { efi: { secureBoot: false } } } };
    current.createVm('once', { memory: '512Mi', domain: uefi, devices: { tpm: {} } });
    await current.until('running', () => current.phase('once') === 'Running');
    const first = await current.console('once');
    await first.expect(/firmware-says SecureBoot=0/, 120_000);
    await first.expect(/guest-ready/);
    expect(await ask(first, defineIndex)).toMatch(succeeded);
    expect(await ask(first, writeIndex)).toMatch(succeeded);
    first.stream.destroy();
    const before = current.vmi('once')?.metadata.uid;
    await current.call(virtualMachines, 'once', 'restart', { gracePeriodSeconds: 0 });
    await current.until('the next instance runs', () => {
      const uid = current.vmi('once')?.metadata.uid;
      return uid !== undefined && uid !== before && current.phase('once') === 'Running';
    });
    const second = await current.console('once');
    await second.expect(/guest-ready/, 120_000);
    expect(await ask(second, readIndex)).not.toMatch(succeeded);
  });
});
