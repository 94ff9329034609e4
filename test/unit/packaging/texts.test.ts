import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { about, debianVersion } from '../../../provisioning/packaging/about.ts';
import { controlFile, copyrightFile } from '../../../provisioning/packaging/debian.ts';
import { commandsOf, manPage } from '../../../provisioning/packaging/man.ts';
import { metainfo, releasesOf } from '../../../provisioning/packaging/metainfo.ts';
import { stickHelperProgram } from '../../../provisioning/packaging/stick-helper.ts';
import { packExtension } from '../../../main/backend/labs/packs/manifest.ts';
import { fileName } from '../../../main/backend/transfer/download.ts';

const root = join(import.meta.dirname, '../../..');
const packaging = (name: string): string => readFileSync(join(root, 'provisioning/packaging', name), 'utf8');
/** Every element with its attributes, or an error where it is not well-formed. */
function elements(xml: string): { name: string; attributes: Record<string, string> }[] {
  const found: { name: string; attributes: Record<string, string> }[] = [];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => found.push({ name, attributes }));
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(xml).close();
  return found;
}

describe('the control file', () => {
  it.each([
    ['1.2.3', '1.2.3'],
    ['1.2.3-beta.4', '1.2.3~beta.4'],
  ])('has the version %s as %s', (from, to) => {
    expect(debianVersion(from)).toBe(to);
  });
  it.each(['', '1.2', '1.2.3\nX: y', 'v1.2.3', '1.2.3_4'])('refuses %j', (text) => {
    expect(() => debianVersion(text)).toThrow(RangeError);
  });
  it('is one field a line, the rest folded, for both processors', () => {
    for (const [processor, debian, qemu] of [
      ['x64', 'amd64', 'qemu-system-x86'],
      ['arm64', 'arm64', 'qemu-system-arm'],
    ] as const) {
      const lines = controlFile({ version: '1.0.0', processor, installed: 2049 }).split('\n');
      expect(lines.every((line) => line === '' || /^( |[A-Z][A-Za-z-]+: \S)/.test(line))).toBe(true);
      expect(lines.filter((line) => line.startsWith(' ')).every((line) => line.length <= 78)).toBe(true);
      expect(lines).toContain('Installed-Size: 3');
      expect(lines).toContain(`Architecture: ${debian}`);
      expect(lines.find((line) => line.startsWith('Depends'))).toContain(qemu);
    }
  });
  it('is a short text for software centres: no article, no full stop, at most 60 letters', () => {
    expect(about.summary.length).toBeLessThanOrEqual(60);
    expect(about.summary).not.toMatch(/^(a|an|the) |\.$/i);
  });
  it('names all parts in the copyright file, by their licences', () => {
    const text = copyrightFile([{ name: 'a', version: '1', licence: 'MIT' }, { name: 'b', version: '2', licence: 'ISC' }, { name: 'c', version: '3', licence: 'MIT' }], 2026); // prettier-ignore
    expect(text).toMatch(/^Format: https:/);
    expect(text).toContain(' ISC: b 2\n MIT: a 1, c 3\n');
  });
});

describe('the desktop entry, the types and the policies', () => {
  const entry = packaging('files/dev.hearth.Hearth.desktop');
  const types = elements(packaging('files/hearth-mime.xml'));
  it('name the same types, and the endings that Hearth writes', () => {
    const named = /^MimeType=(.*);$/m.exec(entry)?.[1]?.split(';');
    const known = types.flatMap(({ name, attributes }) => (name === 'mime-type' ? [String(attributes['type'])] : []));
    expect(named?.toSorted()).toEqual(known.toSorted());
    const globs = types.flatMap(({ name, attributes }) => (name === 'glob' ? [attributes['pattern']] : []));
    expect(globs).toEqual([`*.${packExtension}`, 'lab.yaml', '*.lab.yaml', '*.hearth-vm']);
    expect(fileName.test('web.hearth-vm')).toBe(true);
  });
  it('know a lab file by how the template and every shipped lab begin', () => {
    const match = types.find(({ name }) => name === 'match')?.attributes;
    const [from, to] = (match?.['offset'] ?? '').split(':').map(Number);
    for (const file of ['template.yaml', 'first-vm/lab.yaml', 'snapshots/lab.yaml']) {
      const at = readFileSync(join(root, 'assets/labs', file), 'utf8').indexOf(match?.['value'] ?? '-');
      expect(at).toBeGreaterThanOrEqual(from ?? 1);
      expect(at).toBeLessThanOrEqual(to ?? 0);
    }
  });
  it('start what the package installs, with one file at most', () => {
    expect(/^Exec=(.*)$/m.exec(entry)?.[1]).toBe('hearth open --browser %f');
    expect(/^Icon=(.*)$/m.exec(entry)?.[1]).toBe(about.id);
  });
  it('ask for an administrator each time, and only for the two programs of root', () => {
    const policy = packaging('files/dev.hearth.policy');
    expect(policy.match(/auth_admin(?!_)/g)).toHaveLength(6);
    expect(policy).not.toMatch(/auth_self|auth_admin_keep|>yes</);
    expect([...policy.matchAll(/exec\.path">([^<]+)</g)].map(([, path]) => path)).toEqual([
      '/usr/libexec/hearth/root-helper',
      '/usr/libexec/hearth/stick-helper',
    ]);
    expect(elements(policy).filter(({ name }) => name === 'action')).toHaveLength(2);
  });
  it('leave machines alone when a service ends', () => {
    for (const unit of ['hearth.service', 'hearth-server.service'])
      expect(packaging(`files/${unit}`)).toMatch(/^KillMode=process$/m);
  });
  it('change no groups: the script after the installation gives advice only', () => {
    const script = packaging('deb/postinst');
    const commands = script.split('\n').filter((line) => !/^\s*(#|echo )/.test(line)).join('\n'); // prettier-ignore
    expect(commands).not.toMatch(/usermod|gpasswd|adduser|addgroup|chmod|setfacl|udevadm/);
    expect(script).toMatch(/usermod -aG kvm/);
  });
});

describe('the metainfo', () => {
  const changelog = '# Changelog\n\n## 1.1.0 (unreleased)\n\n- One `thing` & <another>\n  goes on.\n- Two.\n\n## 1.0.0 (2026-01-02)\n\n- First.\n'; // prettier-ignore
  it('has the releases of the changelog', () => {
    expect(releasesOf(changelog, '2026-03-04')).toEqual([
      { version: '1.1.0', date: '2026-03-04', notes: ['One `thing` & <another> goes on.', 'Two.'] },
      { version: '1.0.0', date: '2026-01-02', notes: ['First.'] },
    ]);
    expect(releasesOf(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), '2026-03-04')[0]?.notes.length).toBeGreaterThan(10); // prettier-ignore
  });
  it('is well-formed whatever a changelog says', () => {
    const xml = metainfo(releasesOf(changelog, '2026-03-04'), { mimeTypes: ['a/b'] });
    expect(elements(xml).filter(({ name }) => name === 'release').map(({ attributes }) => attributes)).toEqual([
      { version: '1.1.0', date: '2026-03-04' },
      { version: '1.0.0', date: '2026-01-02' },
    ]); // prettier-ignore
    expect(xml).toContain('<li>One thing &amp; &lt;another&gt; goes on.</li>');
    expect(xml).toContain(`<launchable type="desktop-id">${about.id}.desktop</launchable>`);
  });
});

describe('the man page', () => {
  const overview = 'Usage: hearth COMMAND\n\n  serve       run it\n  open        print an address\n\n`hearth COMMAND --help` tells more.\nExit codes: 0 done, 1 failed\n'; // prettier-ignore
  it('is made of what the commands say', () => {
    const commands = commandsOf(overview);
    expect(commands).toEqual([
      { name: 'serve', summary: 'run it' },
      { name: 'open', summary: 'print an address' },
    ]);
    expect(() => commandsOf('nothing here')).toThrow(RangeError);
    const page = manPage(
      { overview, commands: commands.map((each) => ({ ...each, usage: '.dot --flag\n\\n\n' })) },
      { version: '1.0.0', date: '2026-01-02' },
    );
    expect(page).toContain('.TP\n.B serve\nrun it\n');
    // Nothing of a text is taken for a request of roff, and hyphens can be copied.
    expect(page).toContain('\\&.dot \\-\\-flag\n\\en\n.fi');
    expect(page).toContain('.SH "EXIT STATUS"\n0 done, 1 failed\n');
  });
});

it('the stick’s program of a package starts nothing but what lies beside it', () => {
  expect(stickHelperProgram('/opt/Hearth/resources/hearth')).toBe(
    '#!/bin/sh\nexec /opt/Hearth/resources/hearth/bin/node /opt/Hearth/resources/hearth/out/main/stick-helper.js "$@"\n',
  );
  for (const home of ['relative', '/a b', '/a;b', '/$x', '/a"b']) expect(() => stickHelperProgram(home)).toThrow(RangeError); // prettier-ignore
});
