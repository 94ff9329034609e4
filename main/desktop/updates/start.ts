import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { App } from 'electron';
import { channels } from './feed.ts';
import type { Channel } from './feed.ts';
import { updateItems } from './menu.ts';
import type { UpdateMenu } from './menu.ts';
import type { Updater } from './updater.ts';
import { Updates } from './updates.ts';

/** Put in by the build (electron.config.ts): where updates are, and whose signature is believed. Empty: this build has none. */
declare const __HEARTH_UPDATE_URL__: string;
declare const __HEARTH_UPDATE_KEYS__: readonly string[];

/** Milliseconds: the first look leaves the start alone; then once a day. */
const firstLookMs = 60_000;
const everyMs = 24 * 3600_000;
const answerMs = 30_000;
/** A statement has a few hundred bytes. */
const longest = 64 * 1024;

/** Why this Hearth looks for no updates; undefined when it does. Pure. */
export function whyNoUpdates(input: {
  packaged: boolean;
  feed: string;
  keys: number;
  platform: string;
  appImage: boolean;
}): string | undefined {
  // prettier-ignore
  if (!input.packaged) return 'No updates: this runs from its sources';
  if (input.feed === '' || input.keys === 0) return 'No updates: this build has no feed';
  // dpkg and rpm have sources, signatures and a way back of their own.
  if (input.platform === 'linux' && !input.appImage) return 'Updates come with those of the system';
  return undefined;
}

/**
 * Looks for updates now and then, and keeps the menu's items of them. `redraw`: the menu is to be built anew. Returns what
 * builds them.
 */
export function startUpdates(app: App, redraw: () => void): () => ReturnType<typeof updateItems> {
  const off = whyNoUpdates({
    packaged: app.isPackaged,
    feed: __HEARTH_UPDATE_URL__,
    keys: __HEARTH_UPDATE_KEYS__.length,
    platform: process.platform,
    appImage: process.env['APPIMAGE'] !== undefined,
  });
  const nothing = (): void => undefined;
  if (off !== undefined) {
    const menu: UpdateMenu = { off, state: { at: 'idle' }, channel: 'latest', kept: [], look: nothing, install: nothing, goBack: nothing, choose: nothing }; // prettier-ignore
    return () => updateItems(menu);
  }
  const choice = channelChoice(join(app.getPath('userData'), 'updates.json'));
  let kept: string[] = [];
  const updates = new Updates({
    // Packed as files beside the app's own (main/launch/package/desktop-config.ts).
    updater: (createRequire(import.meta.url)('electron-updater') as { autoUpdater: Updater }).autoUpdater,
    feed: __HEARTH_UPDATE_URL__,
    keys: __HEARTH_UPDATE_KEYS__,
    running: app.getVersion(),
    folder: join(app.getPath('userData'), 'installers'),
    platform: process.platform,
    arch: process.arch,
    read: readText,
    onState: redraw,
  });
  const refresh = async (): Promise<void> => {
    kept = await updates.kept();
    redraw();
  };
  const look = (): void => void updates.look(choice.value).then(refresh);
  void refresh();
  setTimeout(look, firstLookMs);
  setInterval(look, everyMs);
  return () =>
    updateItems({
      off: undefined,
      state: updates.state,
      channel: choice.value,
      kept,
      look,
      install: () => void updates.install(),
      goBack: (version) => void updates.goBack(version),
      choose: (channel) => {
        choice.set(channel);
        look();
      },
    });
}

/** The channel that the person chose, in a file of its own: it is the window's, not a backend's. */
export function channelChoice(path: string): { readonly value: Channel; set(channel: Channel): void } {
  let value: Channel = 'latest';
  try {
    const read = (JSON.parse(readFileSync(path, 'utf8')) as { channel?: unknown }).channel;
    value = channels.find((channel) => channel === read) ?? 'latest';
  } catch {
    // Never chosen, or damaged: everybody's channel.
  }
  return {
    get value() {
      return value;
    },
    set(channel) {
      value = channel;
      writeFileSync(`${path}.new`, JSON.stringify({ channel }), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    },
  };
}

async function readText(url: URL): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(answerMs), cache: 'no-store' });
  if (!answer.ok) throw new Error(`The list of updates could not be read (${answer.status}).`);
  const text = await answer.text();
  if (text.length > longest) throw new Error('The list of updates is too long.');
  return text;
}
