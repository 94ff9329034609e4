/**
 * Points that a step is worth after so many hints: each costs a quarter of them, down to a quarter. Whole points; the page
 * tells with it what the next hint costs, the backend what was reached.
 */
export const worth = (score: number, hints: number): number =>
  Math.round(score * Math.max(0.25, 1 - Math.max(0, hints) / 4));
