import { about, debianVersion, packageNames, processors } from './about.ts';
import type { Processor } from './about.ts';
import type { Release } from './metainfo.ts';

/** Programs without which the Quick lab or the program itself does not run, and what makes it better. */
export const depends = (processor: Processor): Record<'Depends' | 'Recommends' | 'Suggests', readonly string[]> => ({
  // Node's official build: glibc 2.28, the C++ library of GCC 8 or newer.
  Depends: ['libc6 (>= 2.28)', 'libgcc-s1', 'libstdc++6', `${processors[processor].qemu} | qemu-system`, 'qemu-utils', 'xz-utils'],
  Recommends: ['ca-certificates', 'pkexec | policykit-1', 'shared-mime-info', processors[processor].firmware, 'swtpm', 'swtpm-tools', 'xdg-utils'],
  Suggests: ['kubernetes-client', 'chromium | www-browser'],
}); // prettier-ignore

/** Folds a paragraph as control files want it: continuation lines begin with a space, none is longer than `width` and that. */
function folded(text: string, width = 76): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= width) {
      lines.push(line);
      line = '';
    }
    line += `${line === '' ? '' : ' '}${word}`;
  }
  return [...lines, line].map((each) => ` ${each}`);
}

/** DEBIAN/control of the program without a window of its own. `installed`: bytes on the disk. Pure. */
export function controlFile(input: { version: string; processor: Processor; installed: number }): string {
  const { Depends, Recommends, Suggests } = depends(input.processor);
  return `${[
    `Package: ${packageNames.headless}`,
    `Version: ${debianVersion(input.version)}`,
    'Section: admin',
    'Priority: optional',
    `Architecture: ${processors[input.processor].debian}`,
    `Maintainer: ${about.authors} <${about.contact}>`,
    `Installed-Size: ${Math.ceil(input.installed / 1024)}`,
    `Depends: ${Depends.join(', ')}`,
    `Recommends: ${Recommends.join(', ')}`,
    `Suggests: ${Suggests.join(', ')}`,
    // Both bring /usr/bin/hearth and the same files beside it.
    `Conflicts: ${packageNames.desktop}`,
    `Replaces: ${packageNames.desktop}`,
    `Homepage: ${about.homepage}`,
    `Description: ${about.summary}`,
    ...about.description.flatMap((text, at) => [...(at > 0 ? [' .'] : []), ...folded(text)]),
    ' .',
    ...folded('This package has no window of its own: its pages open in the browser of this computer.'),
  ].join('\n')}\n`;
}

/** A package of others that Hearth brings along. */
export interface Part {
  name: string;
  version: string;
  /** SPDX expression, or what its package says. */
  licence: string;
}

/** The machine-readable copyright file (DEP 5). Pure. */
export function copyrightFile(parts: readonly Part[], year: number): string {
  const byLicence = Map.groupBy(parts, ({ licence }) => licence);
  const groups = [...byLicence].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ${about.name}
Source: ${about.homepage}
Comment: Programs of others are in usr/lib/hearth/node_modules and built into usr/lib/hearth/out. The full text
 of each licence is in /usr/share/doc/${packageNames.headless}/licences.txt.gz, and in Hearth under Settings, About.
${groups.map(([licence, of]) => ` ${licence}: ${of.map(({ name, version }) => `${name} ${version}`).join(', ')}`).join('\n')}

Files: *
Copyright: ${year} ${about.authors}
License: Apache-2.0

License: Apache-2.0
 Licensed under the Apache License, Version 2.0; on Debian systems its text is in /usr/share/common-licenses/Apache-2.0.
`;
}

/** The changelog in Debian's form, from the same lines as the project's. Pure. */
export function debianChangelog(releases: readonly Release[]): string {
  const wrapped = (note: string): string =>
    folded(note, 74)
      .map((line, at) => `${at === 0 ? '  *' : '   '}${line}`)
      .join('\n');
  const date = (day: string): string => new Date(`${day}T00:00:00Z`).toUTCString().replace('GMT', '+0000');
  return releases
    .map(
      ({ version, date: day, notes }) =>
        `${packageNames.headless} (${debianVersion(version)}) unstable; urgency=medium\n\n${notes.map(wrapped).join('\n')}\n\n -- ${about.authors} <${about.contact}>  ${date(day)}\n`,
    )
    .join('\n');
}
