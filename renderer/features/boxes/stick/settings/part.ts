import type { SetDraft, StickDraft } from '../draft.ts';

/** What each part of the settings is given. */
export interface PartProps {
  draft: StickDraft;
  set: SetDraft;
  /** Path of a field -> what is wrong with it. */
  fields: Readonly<Record<string, string>>;
}
