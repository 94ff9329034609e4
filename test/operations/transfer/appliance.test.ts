import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { converse } from '../../../main/cli/expect.ts';
import { vmdkOf, writeOva, writeOvf } from '../../support/appliances.ts';
import type { ApplianceRows } from '../../support/appliances.ts';
import { describeTargets } from '../../support/operations/lab.ts';
import type { OperationsLab } from '../../support/operations/lab.ts';
import { starterImage } from '../../support/starter.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'hearth-appliances-'));
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  await vmdkOf(await starterImage(), 'qcow2', at('system.vmdk'));
  await writeFile(at('first.raw'), bootSector());
  await run('qemu-img', ['resize', '-f', 'raw', at('first.raw'), '64M']);
  await vmdkOf(at('first.raw'), 'raw', at('first.vmdk'));
  // Each further disk says by its first bytes which one it is.
  for (const name of ['second', 'third']) {
    await writeFile(at(`${name}.raw`), `THIS IS ${name.toUpperCase()}\n`.padEnd(4096));
    await run('qemu-img', ['resize', '-f', 'raw', at(`${name}.raw`), '64M']);
    await vmdkOf(at(`${name}.raw`), 'raw', at(`${name}.vmdk`));
  }
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * A boot sector (8086): reads the first sector of the BIOS' disks 81h and 82h by INT 13h, and writes each up to its first
 * line end to the serial port.
 */
function bootSector(): Buffer {
  const code = [
    '31c0 8ed8 8ec0 8ed0 bc007c fc', // registers and stack
    'b281', // dl: the second disk
    'b80102 bb007e b90100 b600 52 cd13 5a 7215', // one sector to 7E00h; on trouble stop
    'be007e ac 52 baf803 ee 5a 3c0a 75f5', // to port 3F8h, up to a line feed
    'fec2 80fa83 75da', // the next disk
    'f4 ebfd',
  ];
  const sector = Buffer.alloc(512);
  Buffer.from(code.join('').replaceAll(' ', ''), 'hex').copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

const common = { memoryMiB: 256, cpus: 1 };
/** Imports a file and starts the machine. */
async function comesIn(
  lab: OperationsLab,
  name: string,
  path: string,
  networks: Record<string, string> = {},
): Promise<void> {
  const { taskId } = await lab.api.transfer.import({ source: { path }, name, networks, start: true });
  await lab.done(taskId);
  await lab.machine(name, ({ row }) => row.tone === 'running');
}
describeTargets(
  'an appliance comes in whole and starts',
  (lab) => {
    test('VMware: three disks on SCSI out of order, vmxnet3, BIOS; it boots and has them in order', async () => {
      const rows: ApplianceRows = {
        ...common,
        name: 'VMware Web 1',
        system: 'debian12_64Guest',
        controllers: [{ id: 3, type: 6, subType: 'VirtualSCSI' }],
        // The description lists them in another order than they hang on the controller.
        disks: [
          { id: 'vmdisk3', file: 'third.vmdk', gib: 1, parent: 3, place: 2 },
          { id: 'vmdisk1', file: 'first.vmdk', gib: 1, parent: 3, place: 0 },
          { id: 'vmdisk2', file: 'second.vmdk', gib: 1, parent: 3, place: 1 },
        ],
        nics: [
          { network: 'VM Network', subType: 'VmxNet3', mac: '00:50:56:AA:BB:01' },
          { network: 'Backup', subType: 'VmxNet3' },
        ],
      };
      const path = at('vmware.ova');
      await writeOva(path, rows, { 'third.vmdk': at('third.vmdk'), 'first.vmdk': at('first.vmdk'), 'second.vmdk': at('second.vmdk') }); // prettier-ignore
      const preview = await lab.api.transfer.preview({ source: { path } });
      expect(preview).toMatchObject({ name: 'vmware-web-1', cpus: 1, memory: '256Mi', networks: ['pod'] });
      expect(preview.appliance).toMatchObject({
      networks: [{ network: 'VM Network', model: 'e1000' }, { network: 'Backup', model: 'e1000' }],
      uefi: false,
      buses: ['sata', 'sata', 'sata'],
      hardware: { firmware: 'bios', drivers: 'described' },
    }); // prettier-ignore
      expect(preview.refused).toBeUndefined();
      expect(preview.disks.map(({ name, format }) => [name, format])).toEqual([['root', 'vmdk'], ['disk-2', 'vmdk'], ['disk-3', 'vmdk']]); // prettier-ignore
      expect(preview.notes.join('\n')).toMatch(/VirtualSCSI[^]*VmxNet3[^]*Backup is left out/);
      await comesIn(lab, 'ova-vmware', path);
      // The guest itself reads the first sectors of its second and third disk and says what it found.
      await expect
        .poll(() => lab.api.consoles.serialLog({ namespace: 'default', name: 'ova-vmware' }), { timeout: 60_000 })
        .toMatchObject({ text: expect.stringMatching(/THIS IS SECOND\s+THIS IS THIRD/) });
      const [root, ...others] = await contents('ova-vmware');
      expect(root).not.toContain('THIS IS');
      expect(others).toEqual(['THIS IS SECOND', 'THIS IS THIRD']);
      await lab.remove('ova-vmware');
    });

    test('VirtualBox: IDE and SATA, e1000, UEFI', async () => {
      const rows: ApplianceRows = {
      ...common,
      name: 'box',
      efi: true,
      controllers: [{ id: 3, type: 20, subType: 'AHCI' }, { id: 4, type: 5, subType: 'PIIX4' }],
      disks: [
        { id: 'vmdisk1', file: 'second.vmdk', gib: 1, parent: 3, place: 0 },
        { id: 'vmdisk2', file: 'system.vmdk', gib: 2, parent: 4, place: 0 },
      ],
      nics: [{ network: 'NAT', subType: 'E1000' }],
    }; // prettier-ignore
      const path = at('virtualbox.ova');
      await writeOva(path, rows, { 'second.vmdk': at('second.vmdk'), 'system.vmdk': at('system.vmdk') });
      const preview = await lab.api.transfer.preview({ source: { path } });
      expect(preview.appliance).toMatchObject({ uefi: true, buses: ['sata', 'sata'] });
      await comesIn(lab, 'ova-virtualbox', path);
      const argv = argvOf('ova-virtualbox');
      expect(argv).toMatch(/OVMF|edk2/i);
      expect(argv).toMatch(/e1000/);
      // The disk on IDE was the first one there.
      expect((await contents('ova-virtualbox'))[1]).toBe('THIS IS SECOND');
      await lab.remove('ova-virtualbox');
    });

    test('a folder with a description: VirtIO, an empty disk, a card that is led to another network', async () => {
      await lab.api.networks.create({ name: 'inner', subnet: '10.77.0.0/24' });
      const rows: ApplianceRows = {
        ...common,
        name: 'kvm',
        controllers: [{ id: 3, type: 6, subType: 'VirtIO-SCSI' }],
        disks: [
          { id: 'd1', file: 'system.vmdk', gib: 2, parent: 3, place: 0 },
          { id: 'd2', gib: 1, parent: 3, place: 1 },
        ],
        nics: [
          { network: 'lan', subType: 'virtio' },
          { network: 'inner', subType: 'virtio' },
        ],
      };
      const path = await writeOvf(at('folder'), rows, { 'system.vmdk': at('system.vmdk') });
      const networks = { lan: 'pod', inner: 'default/inner' };
      const preview = await lab.api.transfer.preview({ source: { path }, networks });
      expect(preview).toMatchObject({ networks: ['pod', 'default/inner'], appliance: { buses: ['scsi', 'scsi'] } });
      expect(preview.notes).toEqual([expect.stringContaining('Nobody states a checksum of system.vmdk')]);
      await comesIn(lab, 'ova-kvm', path, networks);
      const line = converse(await lab.api.consoles.serial({ namespace: 'default', name: 'ova-kvm' }));
      await line.expect(/login: ?$/m, 180_000);
      line.close();
      await lab.remove('ova-kvm');
    });
  },
  { kinds: ['engine'], pages: false },
);

/** The command line of the QEMU of a machine. */
function argvOf(name: string): string {
  for (const pid of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const line = commandOf(pid);
    // Nothing else on this computer has a machine of these names.
    if (line.includes('qemu-system') && line.includes(`${name},`)) return line;
  }
  throw new Error(`no QEMU of ${name}`);
}
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
/** The first line of each disk, in the order in which QEMU has them; read beside the running guest. */
async function contents(name: string): Promise<string[]> {
  const paths = [...new Set([...argvOf(name).matchAll(/[^"=, ]*\/volumes\/[^"=, ]*\.qcow2/g)].map(([path]) => path))];
  const lines: string[] = [];
  for (const path of paths) {
    await run('qemu-img', ['dd', '-U', '-f', 'qcow2', '-O', 'raw', 'bs=512', 'count=1', `if=${path}`, `of=${at('first')}`]); // prettier-ignore
    lines.push(readFileSync(at('first'), 'latin1').split('\n')[0] ?? '');
  }
  return lines;
}
