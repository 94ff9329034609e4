/** Pixels: the whole, and what each side needs at least. */
export interface Room {
  whole: number;
  first: number;
  second: number;
}
export const evenShare = 0.42;

/** The first side's share of the whole so that both sides have what they need; where both cannot, the first has its need. Pure. */
export function fitShare(share: number, { whole, first, second }: Room): number {
  if (!(whole > 0)) return share;
  const least = Math.min(1, first / whole);
  const most = Math.max(least, 1 - second / whole);
  const wanted = Number.isFinite(share) ? share : evenShare;
  return Math.min(most, Math.max(least, wanted));
}

/** Where a key moves the splitter, as the ARIA practices say; undefined for keys that are not its. Pure. */
export function keyShare(key: string, share: number, room: Room, coarse: boolean): number | undefined {
  const step = coarse ? 0.1 : 0.02;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowUp':
      return fitShare(share - step, room);
    case 'ArrowRight':
    case 'ArrowDown':
      return fitShare(share + step, room);
    case 'Home':
      return fitShare(0, room);
    case 'End':
      return fitShare(1, room);
    case 'Enter':
      return fitShare(evenShare, room);
    default:
      return undefined;
  }
}
