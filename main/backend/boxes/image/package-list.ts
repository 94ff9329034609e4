/** One name of `assets/box/packages.txt`; `optional`: left out where the release lacks it. */
export interface WantedPackage {
  name: string;
  optional: boolean;
}

/** The names of a package list: one a line, `?` before an optional one, `#` before what people read. Throws on anything else. Pure. */
export function parsePackageList(text: string): WantedPackage[] {
  const wanted: WantedPackage[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, mark, name] = /^(\??)([a-z0-9][a-z0-9.+-]+)$/.exec(line) ?? [];
    if (!name) throw new Error(`line ${index + 1} of the package list is no package: ${line}`);
    if (wanted.some((other) => other.name === name)) throw new Error(`${name} stands twice in the package list`);
    wanted.push({ name, optional: mark === '?' });
  }
  return wanted;
}

/** What is installed, by a dpkg status file: `name version architecture`, sorted by name. Pure. */
export function installedPackages(status: string): { name: string; version: string; architecture: string }[] {
  const found = [];
  for (const paragraph of status.split(/\n\n+/)) {
    const field = (name: string): string | undefined =>
      new RegExp(String.raw`^${name}: (.*)$`, 'm').exec(paragraph)?.[1]?.trim();
    const name = field('Package');
    const version = field('Version');
    if (!name || !version || !field('Status')?.endsWith(' installed')) continue;
    found.push({ name, version, architecture: field('Architecture') ?? '' });
  }
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
