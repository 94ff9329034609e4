import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { channelFile, sameAsSigned, signedInfo, statementFile } from './feed.ts';
import type { Channel, UpdateInfo } from './feed.ts';
import { keep, keptInstaller, keptVersions } from './kept.ts';
import { oneVersionFeed } from './updater.ts';
import type { Updater } from './updater.ts';

export type UpdateState =
  | { readonly at: 'idle' }
  | { readonly at: 'looking' }
  | { readonly at: 'newest' }
  | { readonly at: 'loading'; readonly version: string; readonly percent: number }
  | { readonly at: 'ready'; readonly version: string; readonly back: boolean }
  | { readonly at: 'failed'; readonly why: string };

export interface UpdateOptions {
  readonly updater: Updater;
  /** Address of the folder with channel files, signatures and installers. */
  readonly feed: string;
  /** Public keys (PEM) of which one must have signed the feed. */
  readonly keys: readonly string[];
  readonly running: string;
  /** Where installers are kept to go back to. */
  readonly folder: string;
  readonly platform: NodeJS.Platform;
  readonly arch: NodeJS.Architecture;
  /** The text at an address; throws for any answer but a whole one. */
  readonly read: (url: URL) => Promise<string>;
  readonly onState: (state: UpdateState) => void;
}

/**
 * Updates of the app: looked for in one signed feed, downloaded, kept, and installed when the person says so. Nothing is
 * installed that is not named, with its checksum, in a statement that one of the app's keys signed.
 */
export class Updates {
  readonly #options: UpdateOptions;
  #state: UpdateState = { at: 'idle' };
  #signed: { statement: string; info: UpdateInfo } | undefined;
  #busy = false;

  constructor(options: UpdateOptions) {
    this.#options = options;
    const { updater } = options;
    updater.autoDownload = false;
    updater.autoInstallOnAppQuit = false;
    updater.on('download-progress', ({ percent }) => {
      if (this.#state.at === 'loading') this.#tell({ ...this.#state, percent: Math.floor(percent) });
    });
    // Every error also comes as a rejection of what was asked for; without a listener it would end the app.
    updater.on('error', () => undefined);
  }

  get state(): UpdateState {
    return this.#state;
  }

  /** Looks into the feed of a channel, and downloads what is newer and offered to this computer. Never throws: the state tells. */
  look(channel: Channel): Promise<void> {
    return this.#alone(async () => {
      const { updater, feed } = this.#options;
      this.#tell({ at: 'looking' });
      updater.setFeedURL({ provider: 'generic', url: feed, channel, useMultipleRangeRequest: false });
      updater.channel = channel;
      // Setting a channel allows older versions; going back is a command of its own.
      updater.allowDowngrade = false;
      updater.allowPrerelease = channel === 'beta';
      updater.isUpdateSupported = async (info) => {
        this.#signed = await this.#readSigned(channel);
        sameAsSigned(info, this.#signed.info);
        return true;
      };
      const found = await updater.checkForUpdates();
      if (!found?.isUpdateAvailable) return this.#tell({ at: 'newest' });
      await this.#load(found.updateInfo);
    });
  }

  /** Versions to go back to. */
  kept(): Promise<string[]> {
    return keptVersions(this.#options.folder, this.#options.running);
  }

  /** Makes a kept version ready to be installed in place of this newer one: the only way to an older one. Never throws. */
  goBack(version: string): Promise<void> {
    return this.#alone(async () => {
      const { updater, folder, keys } = this.#options;
      this.#tell({ at: 'looking' });
      const { info, path, sha512, pending } = await keptInstaller(folder, version, keys);
      // Laid where the updater looks for what it has downloaded already, so nothing is asked of a server.
      await rm(pending, { recursive: true, force: true });
      await mkdir(pending, { recursive: true, mode: 0o700 });
      const fileName = basename(path);
      await copyFile(path, join(pending, fileName));
      await writeFile(join(pending, 'update-info.json'), JSON.stringify({ fileName, sha512, isAdminRightsRequired: false })); // prettier-ignore
      updater.setFeedURL({ provider: 'custom', updateProvider: oneVersionFeed(info) });
      updater.allowDowngrade = true;
      updater.isUpdateSupported = () => true;
      const offered = updater.isUserWithinRollout;
      updater.isUserWithinRollout = () => true;
      try {
        const found = await updater.checkForUpdates();
        if (!found?.isUpdateAvailable) throw new Error(`${version} is not another version than this.`);
        await updater.downloadUpdate();
        this.#tell({ at: 'ready', version, back: true });
      } finally {
        updater.isUserWithinRollout = offered;
      }
    });
  }

  /** Ends the app and installs what is ready. False where nothing is. */
  install(): boolean {
    if (this.#state.at !== 'ready') return false;
    this.#options.updater.quitAndInstall(false, true);
    return true;
  }

  async #load(info: UpdateInfo): Promise<void> {
    const { updater, folder } = this.#options;
    const { version } = info;
    this.#tell({ at: 'loading', version, percent: 0 });
    const [file] = await updater.downloadUpdate();
    const signed = this.#signed;
    if (file === undefined || signed?.info.version !== version) throw new Error('The download was not the one that was checked.'); // prettier-ignore
    await keep(folder, { file, pending: dirname(file), statement: signed.statement, info });
    this.#tell({ at: 'ready', version, back: false });
  }

  async #readSigned(channel: Channel): Promise<{ statement: string; info: UpdateInfo }> {
    const { feed, keys, platform, arch, read } = this.#options;
    const base = new URL(feed.endsWith('/') ? feed : `${feed}/`);
    const statement = await read(new URL(statementFile(channelFile(channel, platform, arch)), base));
    return { statement, info: signedInfo(statement, keys) };
  }

  async #alone(work: () => Promise<void>): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await work();
    } catch (error) {
      this.#tell({ at: 'failed', why: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) });
    } finally {
      this.#busy = false;
    }
  }

  #tell(state: UpdateState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
