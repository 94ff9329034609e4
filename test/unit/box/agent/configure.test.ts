import { describe, expect, it } from 'vitest';
import { hostsText } from '../../../../main/backend/boxes/agent/configure/host-name.ts';
import { keyboardText } from '../../../../main/backend/boxes/agent/configure/keyboard.ts';
import { localeText } from '../../../../main/backend/boxes/agent/configure/locale.ts';
import { aptText, managerText, proxyVariables } from '../../../../main/backend/boxes/agent/configure/proxy.ts';
import { parseCommandLine } from '../../../../main/backend/boxes/agent/command-line.ts';
import { mountedDevice } from '../../../../main/backend/boxes/agent/medium.ts';
import { keys } from '../../../../main/backend/boxes/agent/screen/tty.ts';
import { nameBoxSchema } from '../../../../main/contract/box/actions.ts';

describe('files of the wishes', () => {
  it('names the box in hosts once, other lines stay', () => {
    expect(hostsText(undefined, 'attic')).toContain('127.0.1.1\tattic\n');
    expect(hostsText('127.0.0.1\tlocalhost\n127.0.1.1\told\n10.0.0.9\tnas\n', 'attic')).toBe(
      '127.0.0.1\tlocalhost\n127.0.1.1\tattic\n10.0.0.9\tnas\n',
    );
    expect(hostsText('127.0.0.1 localhost\n10.0.0.9 nas\n', 'attic')).toBe(
      '127.0.0.1 localhost\n127.0.1.1\tattic\n10.0.0.9 nas\n',
    );
  });

  it('takes a layout with its variant apart', () => {
    expect(keyboardText('ch+fr')).toContain('XKBLAYOUT="ch"\nXKBVARIANT="fr"\n');
    expect(keyboardText('de')).toContain('XKBLAYOUT="de"\nXKBVARIANT=""\n');
  });

  it('speaks the language in UTF-8', () => {
    expect(localeText('de_DE')).toBe('LANG=de_DE.UTF-8\nLANGUAGE=de_DE\n');
    expect(localeText('en')).toBe('LANG=C.UTF-8\nLANGUAGE=en\n');
  });

  it('sets a proxy in both spellings, never for the cluster and private networks', () => {
    const variables = proxyVariables({ http: 'http://proxy:3128', no: 'nas.lan, .corp' });
    expect(variables).toMatchObject({ http_proxy: 'http://proxy:3128', HTTPS_PROXY: 'http://proxy:3128' });
    expect(variables['NO_PROXY']).toMatch(/\.svc,.*nas\.lan,\.corp$/);
    // A password with % would be a specifier of systemd.
    expect(managerText({ http: 'http://me:a%20b@proxy:3128' })).toContain('DefaultEnvironment="http_proxy=http://me:a%%20b@proxy:3128"');
    expect(aptText({ http: 'http://a:1', https: 'http://b:2' })).toBe('Acquire::http::Proxy "http://a:1";\nAcquire::https::Proxy "http://b:2";\n');
  }); // prettier-ignore

  it('a name alone leaves keyboard, time zone and language as they are', () => {
    expect(nameBoxSchema.parse({ do: 'name', hostName: 'attic' })).toEqual({ do: 'name', hostName: 'attic' });
  });
});

describe('what the start tells', () => {
  it('is read from the command line, strangers are passed over', () => {
    expect(
      parseCommandLine('BOOT_IMAGE=/x quiet hearth.medium=1A2B-3C4D hearth.slot=b hearth.data=0b0c0d0e-0000-4000-8000-000000000001 hearth.minimum=2147483648 console=tty0 console=ttyS0,115200 hearth.serial hearth.slot=evil\n'),
    ).toEqual({ medium: '1A2B-3C4D', slot: 'b', data: '0b0c0d0e-0000-4000-8000-000000000001', minimum: 2147483648, serial: true, consoles: ['ttyS0'] });
    expect(parseCommandLine('hearth.medium=$(reboot) hearth.minimum=-1')).toEqual({ slot: 'stick', serial: false, consoles: [] });
  }); // prettier-ignore

  it('finds the device of a mount, by the kernel’s escapes', () => {
    const lines =
      '22 1 0:20 / / rw - overlay hearth rw\n40 22 8:17 / /run/hearth/medium ro - vfat /dev/sdb1 ro\n41 22 8:33 / /mnt/a\\040b rw shared:1 - ext4 /dev/sdc1 rw\n';
    expect(mountedDevice(lines, '/run/hearth/medium')).toBe('/dev/sdb1');
    expect(mountedDevice(lines, '/mnt/a b')).toBe('/dev/sdc1');
    expect(mountedDevice(lines, '/nowhere')).toBeUndefined();
  });

  it('an arrow key counts once, Esc alone is Esc', () => {
    expect(keys('1a\u001B[A\u001B[15~\u001B[[A\u001B\u001BOPé')).toEqual(['1', 'a', '\u001B[A', '\u001B[15~', '\u001B[[A', '\u001B', '\u001BOP', 'é']); // prettier-ignore
  });
});
