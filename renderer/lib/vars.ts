import type { CSSProperties } from 'react';

/** CSS variables for a class to use. */
export const vars = (values: Readonly<Record<`--${string}`, string | number>>): CSSProperties => values;
