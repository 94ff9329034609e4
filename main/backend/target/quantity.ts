const factors: Record<string, number> = {
  n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
}; // prettier-ignore

/** A Kubernetes quantity ("512Mi", "500m", 2) as a number; undefined for anything that is none. */
export function quantity(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  // As Kubernetes reads it: ".5Gi" and "1E3" are some, too.
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|(Ki|[KMGTPE]i|[numkMGTPE]))?$/.exec(value.trim());
  if (!match) return undefined;
  const [, digits = '', exponent = '', unit = ''] = match;
  const factor = factors[unit];
  return factor === undefined ? undefined : Number(digits + exponent) * factor;
}

/** Bytes in the largest binary unit that keeps them whole, e.g. 2Gi. */
export function bytesQuantity(bytes: number): string {
  for (const unit of ['Ti', 'Gi', 'Mi', 'Ki']) {
    const factor = factors[unit] ?? 1;
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}
