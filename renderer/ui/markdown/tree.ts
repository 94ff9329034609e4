import type { SafeLink } from './links.ts';

/** What instructions are made of: a closed set, so that nothing of a stranger's text becomes anything else. */
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'strong' | 'emphasis' | 'strike'; children: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'break' }
  | { kind: 'link'; to: SafeLink; children: Inline[] }
  /** `{{do:ID}}` inside a sentence. */
  | { kind: 'do'; id: string };

export type Align = 'left' | 'center' | 'right' | undefined;
export interface ListItem {
  checked?: boolean;
  blocks: Block[];
}
export type Block =
  /** `level` 1..4 by rank: the headings of a text are one below the other, however many `#` each has. */
  | { kind: 'heading'; level: number; children: Inline[] }
  | { kind: 'paragraph'; children: Inline[] }
  | { kind: 'quote'; blocks: Block[] }
  | { kind: 'list'; ordered: boolean; start: number; items: ListItem[] }
  | { kind: 'code'; text: string; language: string; types: TypesInto | undefined }
  | { kind: 'table'; head: Inline[][]; rows: Inline[][][]; align: Align[] }
  | { kind: 'rule' }
  /** `{{do:ID}}` on a line of its own. */
  | { kind: 'do'; id: string };

/** A fenced block that can be typed for the learner. */
export interface TypesInto {
  /** Absent: the only machine, or the one that is looked at. */
  machine?: string;
  into: 'serial' | 'screen';
}
