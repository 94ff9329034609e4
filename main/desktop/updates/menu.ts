import type { MenuItemConstructorOptions } from 'electron';
import { channels } from './feed.ts';
import type { Channel } from './feed.ts';
import type { UpdateState } from './updates.ts';

/** What the menu of updates shows and does. */
export interface UpdateMenu {
  readonly state: UpdateState;
  readonly channel: Channel;
  /** Versions that can be gone back to. */
  readonly kept: readonly string[];
  /** Why there are no updates in this Hearth; undefined: there are. */
  readonly off: string | undefined;
  look(): void;
  install(): void;
  goBack(version: string): void;
  choose(channel: Channel): void;
}

const channelNames: Record<Channel, string> = { latest: 'Stable', beta: 'Beta' };

/** A sentence about where an update is. Pure. */
export function stateLine(state: UpdateState): string | undefined {
  switch (state.at) {
    case 'idle':
      return undefined;
    case 'looking':
      return 'Looking for updates ...';
    case 'newest':
      return 'This is the newest version';
    case 'loading':
      return `Downloading ${state.version} (${state.percent} %)`;
    case 'ready':
      return undefined;
    case 'failed':
      return `No update: ${state.why.slice(0, 120)}`;
  }
}

/** The menu's items. Pure: what they do is given. */
export function updateItems(menu: UpdateMenu): MenuItemConstructorOptions[] {
  if (menu.off !== undefined) return [{ label: menu.off, enabled: false }];
  const { state } = menu;
  const line = stateLine(state);
  const working = state.at === 'looking' || state.at === 'loading';
  return [
    ...(line === undefined ? [] : [{ label: line, enabled: false }]),
    state.at === 'ready'
      ? {
          label: `Restart and ${state.back ? 'go back to' : 'update to'} ${state.version}`,
          click: () => menu.install(),
        }
      : { label: 'Look for updates', enabled: !working, click: () => menu.look() },
    { type: 'separator' },
    ...channels.map((channel) => ({
      label: channelNames[channel],
      type: 'radio' as const,
      checked: channel === menu.channel,
      click: () => menu.choose(channel),
    })),
    ...(menu.kept.length > 0 ? [{ type: 'separator' as const }] : []),
    ...menu.kept.map((version) => ({
      label: `Go back to ${version}`,
      enabled: !working,
      click: () => menu.goBack(version),
    })),
  ];
}
