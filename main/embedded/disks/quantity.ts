const units: Record<string, number> = {
  '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
}; // prettier-ignore

/** Bytes of a Kubernetes quantity ("10Gi", "1.5G", "1e9"), rounded up; undefined when it is none. */
export function bytesOf(quantity: unknown): number | undefined {
  if (typeof quantity === 'number') return Number.isFinite(quantity) ? Math.ceil(quantity) : undefined;
  const match = typeof quantity === 'string' ? /^(\d+(?:\.\d+)?(?:[eE]\d+)?)([kMGTPE]i?|Ki)?$/.exec(quantity) : null;
  const unit = match && units[match[2] ?? ''];
  return match && unit ? Math.ceil(Number(match[1]) * unit) : undefined;
}

/** Bytes as a quantity, in the largest binary unit that is exact. */
export function quantityOf(bytes: number): string {
  for (const unit of ['Ti', 'Gi', 'Mi', 'Ki']) {
    const factor = units[unit] ?? 1;
    if (bytes > 0 && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}

/** Bytes for people: "1.5 GiB". */
export function readable(bytes: number): string {
  const names = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  const step = Math.min(names.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 2 ** (10 * step);
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${names[step]}`;
}
