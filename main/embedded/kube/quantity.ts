const factors: Record<string, number> = {
  n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
}; // prettier-ignore

/** What Kubernetes says of a text that is no quantity (apimachinery resource.ErrFormatWrong). */
export const quantityFormatWrong =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** The number a Kubernetes quantity stands for ("1.5Gi", "500m", 2, "1e3"); undefined when it is none. */
export const quantityValue = (quantity: unknown): number | undefined => {
  if (typeof quantity === 'number') return Number.isFinite(quantity) ? quantity : undefined;
  if (typeof quantity !== 'string') return undefined;
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|(Ki|[KMGTPE]i|[numkMGTPE]))?$/.exec(quantity);
  if (!match) return undefined;
  const [, digits = '', exponent = '', unit = ''] = match;
  const factor = factors[unit];
  return factor === undefined ? undefined : Number(digits + exponent) * factor;
};

/** Bytes of a quantity, rounded up as Kubernetes does; undefined when it is none. */
export const bytesOf = (quantity: unknown): number | undefined => {
  const value = quantityValue(quantity);
  return value === undefined ? undefined : Math.ceil(value);
};

/** Thousandths of a CPU ("500m" is 500), rounded up; undefined when it is no quantity. */
export const milliCpuOf = (quantity: unknown): number | undefined => {
  const value = quantityValue(quantity);
  return value === undefined ? undefined : Math.ceil(Number((value * 1000).toFixed(6)));
};

/** Bytes as a quantity in the largest binary unit that holds them exactly. */
export const quantityOf = (bytes: number): string => {
  for (const unit of ['Ti', 'Gi', 'Mi', 'Ki']) {
    const factor = factors[unit] ?? 1;
    if (bytes !== 0 && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
};

/** Bytes for people: "1.5 GiB". */
export const readable = (bytes: number): string => {
  const names = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  const step = Math.min(names.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 2 ** (10 * step);
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${names[step]}`;
};

/** Milliseconds of a Go duration ("1h30m", "250ms"); undefined when it is none. */
export const durationMs = (duration: string): number | undefined => {
  const units: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  if (duration === '0') return 0;
  if (!/^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.test(duration)) return undefined;
  let total = 0;
  for (const [, value, unit = ''] of duration.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(value) * (units[unit] ?? 0);
  }
  return duration.startsWith('-') ? -total : total;
};
