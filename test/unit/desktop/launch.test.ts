import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { electronProgram, fetchedElectron } from '../../../main/launch/electron.mjs';

const work = mkdtempSync(join(tmpdir(), 'hearth-launch-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
let count = 0;
/** A stand-in for Electron's npm package, which has no binary until its installer has run. */
function electronPackage(installer: string): { folder: string; tried: string; runs: () => number } {
  const folder = join(work, String((count += 1)));
  mkdirSync(folder);
  const log = `${folder}.log`;
  writeFileSync(log, '');
  writeFileSync(join(folder, 'install.js'), `require('node:fs').appendFileSync(${JSON.stringify(log)}, 'x');${installer}`);
  return { folder, tried: `${folder}.tried`, runs: () => readFileSync(log, 'utf8').length };
} // prettier-ignore
const failing = 'console.error("TypeError: fetch failed\\n    at node:internal"); process.exit(1)';
const working = (binary: string): string =>
  `const fs = require('node:fs'); fs.mkdirSync(__dirname + '/dist'); fs.writeFileSync(__dirname + '/dist/${binary}', ''); fs.writeFileSync(__dirname + '/path.txt', '${binary}\\n')`;

describe('without Electron’s binary', () => {
  it('one line says so and what helps, and it is fetched once a day at most', () => {
    const { folder, tried, runs } = electronPackage(failing);
    let said = '';
    const ask = (): string | undefined => fetchedElectron({ env: {}, folder, tried, say: (text) => (said += text) });
    expect(ask()).toBeUndefined();
    const line = /^No Electron binary here[^\n]*ELECTRON_MIRROR[^\n]*opening a browser window instead\.\n$/;
    // The words of the installer are not among them.
    expect(said.replace(/^Fetching[^\n]* \.\.\. /, '')).toMatch(line);
    said = '';
    expect(ask()).toBeUndefined();
    expect(said).toMatch(line);
    expect(runs()).toBe(1);
    const yesterday = Date.now() / 1000 - 25 * 3600;
    utimesSync(tried, yesterday, yesterday);
    ask();
    expect(runs()).toBe(2);
  });

  it('the binary is fetched where it can be, and then it is here', () => {
    const { folder, tried, runs } = electronPackage(working('electron'));
    const lines: string[] = [];
    const options = { env: {}, folder, tried, say: (text: string) => lines.push(text) };
    expect(electronProgram({}, folder)).toBeUndefined();
    expect(fetchedElectron(options)).toBe(join(folder, 'dist/electron'));
    expect(fetchedElectron(options)).toBe(join(folder, 'dist/electron'));
    expect([lines.join(''), runs()]).toEqual(['Fetching the Electron binary (once) ... done.\n', 1]);
  });

  it('an unpacked one of the environment comes first, if it is there', () => {
    const { folder, tried, runs } = electronPackage(working('electron'));
    const own = join(work, 'own');
    mkdirSync(own);
    writeFileSync(join(own, 'electron'), '');
    chmodSync(join(own, 'electron'), 0o755);
    expect(fetchedElectron({ env: { ELECTRON_OVERRIDE_DIST_PATH: own }, folder, tried })).toBe(join(own, 'electron'));
    expect(runs()).toBe(0);
    expect(electronProgram({ ELECTRON_OVERRIDE_DIST_PATH: join(work, 'nowhere') }, folder)).toBeUndefined();
  });

  it('a package without an installer, or with a path to nothing, has none', () => {
    const { folder, tried } = electronPackage('');
    rmSync(join(folder, 'install.js'));
    writeFileSync(join(folder, 'path.txt'), 'electron');
    const lines: string[] = [];
    expect(fetchedElectron({ env: {}, folder, tried, say: (text) => lines.push(text) })).toBeUndefined();
    expect(lines).toHaveLength(1);
  });
});
