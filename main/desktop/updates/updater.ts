import type { UpdateInfo } from './feed.ts';

/** electron-updater, as far as it is used. It is packed beside the app and not with these sources (docs/release.md). */
export interface Updater {
  autoDownload: boolean;
  autoInstallOnAppQuit: boolean;
  allowDowngrade: boolean;
  allowPrerelease: boolean;
  channel: string | null;
  logger: { info(text: unknown): void; warn(text: unknown): void; error(text: unknown): void } | null;
  /** Asked before an update is offered; throwing refuses it. */
  isUpdateSupported: (info: UpdateInfo) => Promise<boolean> | boolean;
  /** Whether this computer is in the share that is offered an update already. */
  isUserWithinRollout: (info: UpdateInfo) => Promise<boolean> | boolean;
  setFeedURL(options: object): void;
  checkForUpdates(): Promise<{ isUpdateAvailable: boolean; updateInfo: UpdateInfo } | null>;
  downloadUpdate(): Promise<string[]>;
  quitAndInstall(silent?: boolean, runAfter?: boolean): void;
  on(event: 'download-progress', listener: (progress: { percent: number }) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What a feed of one known version must be (`updateProvider` of electron-updater's custom feeds). */
export interface FeedProvider {
  readonly fileExtraDownloadHeaders: null;
  readonly isUseMultipleRangeRequest: false;
  setRequestHeaders(headers: object | null): void;
  getLatestVersion(): Promise<UpdateInfo>;
  resolveFiles(info: UpdateInfo): { url: URL; info: UpdateInfo['files'][number] }[];
  getBlockMapFiles(): [];
}

/** A feed that knows one version, whose file is on this computer already. */
export function oneVersionFeed(known: UpdateInfo): new () => FeedProvider {
  return class implements FeedProvider {
    readonly fileExtraDownloadHeaders = null;
    readonly isUseMultipleRangeRequest = false;
    setRequestHeaders(): void {
      // Nothing is asked of a server.
    }
    getLatestVersion(): Promise<UpdateInfo> {
      return Promise.resolve(known);
    }
    resolveFiles(info: UpdateInfo): { url: URL; info: UpdateInfo['files'][number] }[] {
      // A place that cannot be: the file is found before it would be asked for.
      return info.files.map((file) => ({ url: new URL(encodeURIComponent(file.url), 'https://kept.invalid/'), info: file }));
    }
    getBlockMapFiles(): [] {
      return [];
    }
  }; // prettier-ignore
}
