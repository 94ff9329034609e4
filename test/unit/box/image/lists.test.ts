import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { installedPackages, parsePackageList } from '../../../../main/backend/boxes/image/package-list.ts';
import { assetsFolder } from '../../../../main/backend/paths.ts';

describe('the list of packages', () => {
  it('is read with its optional names', () => {
    expect(parsePackageList('# why\nlinux-image-amd64\n\n?firmware-mediatek\n')).toEqual([
      { name: 'linux-image-amd64', optional: false },
      { name: 'firmware-mediatek', optional: true },
    ]);
  });
  it.each(['two words', '$(reboot)', 'Upper', "a'b", 'nano\nnano', '??x1'])('refuses %j', (text) => {
    expect(() => parsePackageList(text)).toThrow(/package/);
  });
  it('of the box holds the signed start, firmware, and no program that listens but ssh and avahi', () => {
    const names = parsePackageList(readFileSync(join(assetsFolder, 'box', 'packages.txt'), 'utf8')).map(
      ({ name }) => name,
    );
    expect(names).toEqual(expect.arrayContaining(['shim-signed', 'grub-efi-amd64-signed', 'linux-image-amd64', 'firmware-iwlwifi', 'intel-microcode', 'nftables'])); // prettier-ignore
    expect(names.filter((name) => /nfs|rpcbind|samba|cups|exim|apache|nginx/.test(name))).toEqual([]);
  });
});

it('tells what is installed, by the status file of dpkg', () => {
  const status = [
    'Package: b\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:2.0-1\nDescription: x\n Version: 9',
    'Package: gone\nStatus: deinstall ok config-files\nVersion: 1',
    'Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 3',
    '',
  ].join('\n\n');
  expect(installedPackages(status)).toEqual([
    { name: 'a', version: '3', architecture: 'all' },
    { name: 'b', version: '1:2.0-1', architecture: 'amd64' },
  ]);
});
