/** Selected rows by uid, and where a shift-click starts from. */
export interface Selection {
  uids: ReadonlySet<string>;
  anchor?: string;
}
export const nothing: Selection = { uids: new Set() };

/** Turns one row on or off. */
export function toggle(selection: Selection, uid: string): Selection {
  const uids = new Set(selection.uids);
  if (!uids.delete(uid)) uids.add(uid);
  return { uids, anchor: uid };
}

/** Shift-click: everything between the anchor and here, added. */
export function extend(selection: Selection, uid: string, order: readonly string[]): Selection {
  const from = selection.anchor === undefined ? -1 : order.indexOf(selection.anchor);
  const to = order.indexOf(uid);
  if (from < 0 || to < 0) return toggle(selection, uid);
  const uids = new Set(selection.uids);
  for (const each of order.slice(Math.min(from, to), Math.max(from, to) + 1)) uids.add(each);
  return { uids, ...(selection.anchor !== undefined && { anchor: selection.anchor }) };
}

/** The box in the heading: all shown rows on, or off when they all are. */
export function toggleAll(selection: Selection, order: readonly string[]): Selection {
  return order.length > 0 && order.every((uid) => selection.uids.has(uid)) ? nothing : { uids: new Set(order) };
}

/** Forgets rows that are gone; the same object when nothing is. */
export function prune(selection: Selection, alive: ReadonlySet<string>): Selection {
  const uids = new Set([...selection.uids].filter((uid) => alive.has(uid)));
  if (uids.size === selection.uids.size) return selection;
  return { uids, ...(selection.anchor !== undefined && alive.has(selection.anchor) && { anchor: selection.anchor }) };
}
