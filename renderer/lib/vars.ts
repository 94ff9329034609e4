import type { CSSProperties } from 'react';

/** CSS variables for a class to use. React sets them by CSSOM, which `style-src-attr 'none'` allows. */
export const vars = (values: Readonly<Record<`--${string}`, string | number>>): CSSProperties => values;
