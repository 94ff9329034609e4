import { about } from './about.ts';

export interface Release {
  version: string;
  /** Day, e.g. 2026-11-22. */
  date: string;
  /** Lines of the changelog. */
  notes: readonly string[];
}

/**
 * Releases of CHANGELOG.md (`## 1.2.0 (2026-11-22)`, then points), the newest first. One that is not out yet has the day it is
 * packaged. Pure.
 */
export function releasesOf(changelog: string, today: string): Release[] {
  const heading = /^## (\S+) \((unreleased|\d{4}-\d{2}-\d{2})\)$/gm;
  const found = [...changelog.matchAll(heading)];
  return found.map((match, at) => {
    const body = changelog.slice(match.index + match[0].length, found[at + 1]?.index);
    const notes = body.split(/\n(?=- )/).flatMap((point) => (point.trimStart().startsWith('- ') ? [point.trim().slice(2).replaceAll(/\s+/g, ' ')] : [])); // prettier-ignore
    return { version: match[1] ?? '', date: match[2] === 'unreleased' ? today : (match[2] ?? ''), notes };
  });
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
/** Backticks of the changelog mean nothing to a software centre; a point there is a line, not a page. */
const shortened = (note: string): string => {
  const plain = note.replaceAll('`', '');
  return plain.length <= 200 ? plain : `${plain.slice(0, plain.lastIndexOf(' ', 197))} …`;
};

/** AppStream metainfo. `desktop`: name of the desktop file. Pure. */
export function metainfo(releases: readonly Release[], { mimeTypes }: { mimeTypes: readonly string[] }): string {
  const list = (points: readonly string[]): string =>
    points.map((point) => `          <li>${escaped(shortened(point))}</li>`).join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<component type="desktop-application">
  <id>${about.id}</id>
  <metadata_license>CC0-1.0</metadata_license>
  <project_license>${about.licence}</project_license>
  <name>${about.name}</name>
  <summary>Virtual machines, labs and boxes at home, in one window</summary>
  <developer_name>${about.authors}</developer_name>
  <description>
${about.description.map((text) => `    <p>${escaped(text)}</p>`).join('\n')}
  </description>
  <launchable type="desktop-id">${about.id}.desktop</launchable>
  <url type="homepage">${about.homepage}</url>
  <provides>
    <binary>hearth</binary>
${mimeTypes.map((type) => `    <mediatype>${type}</mediatype>`).join('\n')}
  </provides>
  <categories>
    <category>System</category>
    <category>Emulator</category>
  </categories>
  <recommends>
    <control>keyboard</control>
    <control>pointing</control>
  </recommends>
  <content_rating type="oars-1.1"/>
  <releases>
${releases
  .map(
    ({ version, date, notes }) => `    <release version="${escaped(version.replace('-', '~'))}" date="${date}">
      <description>
        <ul>
${list(notes)}
        </ul>
      </description>
    </release>`,
  )
  .join('\n')}
  </releases>
</component>
`;
}
