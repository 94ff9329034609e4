import { memo } from 'react';
import type { ReactNode } from 'react';
import { vars } from '../../lib/vars.ts';
import css from './glyph.module.css';

/** A neutral sign of our own for a system: two letters on a hue. Never the maker's logo. */
export const Glyph = memo(function Glyph({ letters, hue }: { letters: string; hue: number }): ReactNode {
  return (
    <span className={css.glyph} style={vars({ '--hue': hue })} aria-hidden>
      {letters}
    </span>
  );
});
