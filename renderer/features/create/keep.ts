import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { emptyDraft } from './draft.ts';
import type { Draft } from './draft.ts';

const key = 'hearth.create-draft.1';

/** Lines of cloud-init that hold a secret; they are left out of what is kept. */
const secretLine = /^\s*-?\s*(passwd|password|plain_text_passwd|hashed_passwd|chpasswd)\s*:/m;

/** Keeps the draft for a reload of this window. Passwords are never kept, in no form. */
export function keepDraft(storage: Storage, draft: Draft): void {
  const kept: Draft = { ...draft, password: '' };
  if (secretLine.test(draft.userData)) kept.userData = '';
  storage.setItem(key, JSON.stringify(kept));
}

/** The kept draft, or undefined when there is none or it cannot be read. */
export function keptDraft(storage: Storage): Draft | undefined {
  const text = storage.getItem(key);
  if (!text) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    // Only fields of today's form, and only of the right type: an older version may have kept others.
    const known = Object.entries(value).filter(([name, each]) => {
      if (name === 'image' || name === 'rootSize') return true;
      const empty: unknown = Object.getOwnPropertyDescriptor(emptyDraft, name)?.value;
      return empty !== undefined && typeof empty === typeof each && Array.isArray(empty) === Array.isArray(each);
    });
    return { ...emptyDraft, ...Object.fromEntries(known) };
  } catch {
    storage.removeItem(key);
    return undefined;
  }
}

export const forgetDraft = (storage: Storage): void => storage.removeItem(key);

/** Other pages start a machine from one image with this, then go to the Create page. */
export const startDraftFrom = (storage: Storage, image: ObjectRef, kind: 'disk' | 'iso'): void =>
  keepDraft(storage, { ...emptyDraft, image, source: kind === 'iso' ? 'iso' : 'image' });
