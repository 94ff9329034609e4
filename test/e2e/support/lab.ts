import { strictEqual } from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Api } from '../../../main/contract/contract.ts';
import { dataPaths } from '../../../main/backend/paths.ts';
import { launchBrowser } from '../../support/browser.ts';
import { openPage, startHearth, temporaryDataDir } from '../../support/hearth.ts';
import type { Hearth, Page as ContractPage } from '../../support/hearth.ts';
import { freePort } from '../../support/raw-guest.ts';
import { axe } from '../../support/screenshots.ts';
import { starterCache, starterImage } from '../../support/starter.ts';

export interface LabOptions {
  /** What the data directory has of the starter before: the finished image, its packages only, nothing. */
  starter?: 'image' | 'packages' | 'nothing';
  args?: string[];
  env?: Record<string, string>;
  /** A data directory of the test's own; it is not removed then. */
  dataDir?: string;
}

/** One Hearth as a user has it, a browser that is signed in, and everything the browser complained about. */
export class Lab {
  hearth!: Hearth;
  context!: BrowserContext;
  readonly dataDir: string;
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #args: string[];
  readonly #env: Record<string, string>;
  readonly #remove: () => void;
  #allowed: RegExp[] = [];
  #contract: ContractPage | undefined;

  private constructor(
    browser: Browser,
    dataDir: string,
    remove: () => void,
    args: string[],
    env: Record<string, string>,
  ) {
    this.#browser = browser;
    this.dataDir = dataDir;
    this.#remove = remove;
    this.#args = args;
    this.#env = env;
  }

  static async start(options: LabOptions = {}): Promise<Lab> {
    const { starter = 'image', args = [], env = {} } = options;
    const data = options.dataDir === undefined ? temporaryDataDir() : undefined;
    const dataDir = data?.path ?? options.dataDir ?? '';
    if (starter !== 'nothing') {
      const path = await starterImage();
      // Only what is asked for: the cache has images of other recipes too, and a data directory may be on a small disk.
      const wanted =
        starter === 'packages' ? [join(starterCache(), 'packages')] : [path, path.replace(/qcow2$/, 'json')];
      for (const from of wanted) cpSync(from, join(dataDir, 'starter', basename(from)), { recursive: true });
    }
    // Always the same port, so that a page finds the next Hearth again.
    const port = await freePort();
    const lab = new Lab(await launchBrowser(), dataDir, () => data?.remove(), ['--port', String(port), ...args], env);
    lab.context = await lab.newContext();
    try {
      await lab.up();
    } catch (error) {
      await lab.close();
      throw error;
    }
    return lab;
  }

  /** Starts Hearth on the data directory (again). */
  async up(extra: string[] = []): Promise<void> {
    this.#contract = undefined;
    this.hearth = await startHearth(this.dataDir, { args: [...this.#args, ...extra], env: this.#env });
  }

  /** What the contract can do, as a page of its own has it. */
  async api(): Promise<Api> {
    this.#contract ??= await openPage(this.hearth.origin, await this.cookie());
    return this.#contract.api;
  }

  /** The session's cookie of the browser; signs in where it has none. */
  async cookie(): Promise<string> {
    const all = await this.context.cookies(this.hearth.origin);
    const found = all.find(({ name }) => name.startsWith('hearth_'));
    if (found) return `${found.name}=${found.value}`;
    await this.context.request.get(this.hearth.url);
    return this.cookie();
  }

  async newContext(): Promise<BrowserContext> {
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
      colorScheme: 'dark',
      acceptDownloads: true,
    });
    await context.exposeFunction('hearthBlocked', (what: string) => this.complaints.push(`policy: ${what}`));
    await context.addInitScript(() =>
      document.addEventListener('securitypolicyviolation', (event) =>
        (globalThis as unknown as { hearthBlocked: (what: string) => void }).hearthBlocked(
          `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`,
        ),
      ),
    );
    context.on('weberror', (error) => this.#complain(`exception: ${error.error().stack ?? String(error.error())}`));
    context.on('console', (message) => {
      if (message.type() === 'error') this.#complain(`console: ${message.text()} (${message.location().url})`);
    });
    return context;
  }

  /** While `work` runs (and until it ended) these complaints are to be expected. */
  async expecting<T>(patterns: RegExp[], work: () => Promise<T>): Promise<T> {
    this.#allowed = patterns;
    try {
      return await work();
    } finally {
      this.#allowed = [];
    }
  }

  /** A page of the browser at a route, signed in. */
  async open(route = '/', context = this.context): Promise<Page> {
    await this.cookie();
    const page = await context.newPage();
    await page.goto(`${this.hearth.origin}/#${route}`);
    return page;
  }

  /** The end of a test file: nothing may be left behind, and the browser may have complained about nothing. */
  async end(): Promise<void> {
    const left = await this.close();
    strictEqual([...this.complaints, ...left].join('\n'), '');
  }

  /** Ends everything of this lab, guests included; returns what was left behind. */
  async close(): Promise<string[]> {
    this.#contract?.close();
    await this.#browser.close();
    await this.hearth?.stop();
    const guests = guestsOf(this.dataDir);
    for (const { pid } of guests) process.kill(pid, 'SIGKILL');
    while (guestsOf(this.dataDir).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const left = this.#leftovers();
    rmSync(dataPaths(this.dataDir).run, { recursive: true, force: true });
    this.#remove();
    return [...left, ...(this.hearth ? [] : ['Hearth never started'])];
  }

  #complain(what: string): void {
    if (!this.#allowed.some((pattern) => pattern.test(what))) this.complaints.push(what);
  }

  #leftovers(): string[] {
    const hash = dataPaths(this.dataDir).id;
    const engine = guestsOf(this.dataDir, 'node').map(({ pid }) => `process ${pid}`);
    const temporary = existsSync(this.dataDir)
      ? readdirSync(this.dataDir, { recursive: true, encoding: 'utf8' }).filter((path) => /\.tmp$|\/\.tmp/.test(path))
      : [];
    return [...engine, ...temporary, ...(existsSync(join(this.dataDir, 'lock')) ? [`lock of ${hash}`] : [])];
  }
}

/** Processes whose command line names this data directory: its QEMUs, or (with another name) its programs. */
export function guestsOf(dataDir: string, program = 'qemu-system'): { pid: number; argv: string[] }[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!pid) return [];
    try {
      const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return argv[0]?.includes(program) && argv.some((part) => part.includes(dataDir)) ? [{ pid, argv }] : [];
    } catch (error) {
      // Gone while we looked.
      if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
      throw error;
    }
  });
}

/** What axe finds in dark and in light on the page as it is; menus and messages hang at the document's end, outside of its regions. */
export async function axeInBothThemes(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    found.push(
      ...(await axe(page))
        .filter((finding) => !finding.startsWith('region:'))
        .map((finding) => `${colorScheme}: ${finding}`),
    );
  }
  return found;
}
