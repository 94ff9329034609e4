import { looksLikeAddress } from '../../../main/contract/box/address.ts';
import type { BoxRow } from '../../../main/contract/box/boxes.ts';
import type { BoxStage, BoxState } from '../../../main/contract/box/state.ts';
import type { Tone } from '../../ui/tone.ts';
import { t } from './text.ts';

export const stageTones: Record<BoxStage, Tone> = {
  checking: 'busy',
  choosing: 'paused',
  countdown: 'warning',
  installing: 'busy',
  installed: 'ok',
  trying: 'running',
  setup: 'paused',
  appliance: 'busy',
  ready: 'running',
  trouble: 'error',
};
const linkTones = { connecting: 'busy', offline: 'stopped', changed: 'error', revoked: 'error' } as const;

/** How a box stands, in a word and a tone: the link first, then what it does. */
export function standing(row: Pick<BoxRow, 'state' | 'last'>): { tone: Tone; word: string } {
  if (row.state !== 'online') return { tone: linkTones[row.state], word: t(`link.${row.state}`) };
  if (!row.last) return { tone: 'ok', word: t('link.online') };
  if (row.last.busy) return { tone: 'busy', word: t(`busy.${row.last.busy.what}`) };
  return { tone: stageTones[row.last.stage], word: t(`stage.${row.last.stage}`) };
}

/** Whether the box runs from its stick: there is nothing installed to live with yet. */
export const onStick = (state: Pick<BoxState, 'image'>): boolean => state.image.medium === 'stick';

/** Sixteen digits in groups of four, as the box shows them on its screen. */
export const shortPrint = (fingerprint: string): string => (fingerprint.slice(0, 16).match(/.{4}/g) ?? []).join(' ');

/** Its name or address without the port that every box has. */
export const plainAddress = (address: string): string => address.replace(/:8443$/, '');

/** The text of an address field, as the backend takes it; undefined when it cannot be one. */
export function asAddress(text: string): string | undefined {
  const bare = text.trim().replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return looksLikeAddress(bare) ? bare : undefined;
} // prettier-ignore

/** Eight digits out of what was typed: "1234 5678" is one too. */
export const digitsOf = (text: string): string => text.replace(/\D/g, '').slice(0, 8);
