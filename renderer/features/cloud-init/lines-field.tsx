import { useState } from 'react';
import type { ReactNode } from 'react';
import { TextArea } from '../../ui/text-area.tsx';

interface Props {
  label: string;
  value: readonly string[];
  onChange: (value: string[]) => void;
  /** How the text is cut into entries. */
  by?: 'line' | 'word';
  rows?: number;
  hint?: string | undefined;
  error?: string | undefined;
}

const cut = (text: string, by: 'line' | 'word'): string[] =>
  (by === 'line' ? text.split('\n') : text.split(/[\s,]+/)).map((each) => each.trim()).filter(Boolean); // prettier-ignore

/** A list as text. What is typed stays as typed while it means the same list. */
export function LinesField({ label, value, onChange, by = 'line', rows = 2, hint, error }: Props): ReactNode {
  const [typed, setTyped] = useState('');
  const means = JSON.stringify(cut(typed, by)) === JSON.stringify(value);
  return (
    <TextArea
      label={label}
      optional
      mono
      rows={Math.max(rows, Math.min(10, value.length))}
      value={means ? typed : value.join(by === 'line' ? '\n' : ' ')}
      onChange={(text) => {
        setTyped(text);
        onChange(cut(text, by));
      }}
      hint={hint}
      error={error}
    />
  );
}
