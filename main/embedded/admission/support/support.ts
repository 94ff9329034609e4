/**
 * How the engine treats a field that Kubernetes, KubeVirt or CDI knows:
 * `works` it does what its description says; `harmless` it means nothing on one computer (with `warn`, whoever sets it
 * is told so); `refused` it would mean something that the engine cannot do, so it is turned away by name.
 */
export type Support =
  | { kind: 'works'; limit?: { when: (value: unknown) => boolean; why: string; instead: string } }
  | { kind: 'harmless'; why: string; warn: boolean }
  | { kind: 'refused'; why: string; instead: string; when: (value: unknown) => boolean };

/** Path below its root (`disks[].bus`, `requests.*`) to support; the longest entry that fits a field decides. */
export type SupportTable = Readonly<Record<string, Support>>;

/** Asks for something: neither absent, nor false, nor empty text or list. An empty object asks (`tpm: {}`). */
export const isSet = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== false &&
  value !== '' &&
  !(Array.isArray(value) && value.length === 0);
/** As isSet, but an empty object asks for nothing (`affinity: {}`). */
export const isFilled = (value: unknown): boolean =>
  isSet(value) && !(typeof value === 'object' && value !== null && Object.keys(value).length === 0);
/** A device or feature with an `enabled` switch that is on unless it says false. */
export const isEnabled = (value: unknown): boolean =>
  isSet(value) && (value as { enabled?: boolean }).enabled !== false;

export const works: Support = { kind: 'works' };
/** Works, but not with these values. */
export const worksUnless = (when: (value: unknown) => boolean, why: string, instead: string): Support => ({
  kind: 'works',
  limit: { when, why, instead },
});
/** Accepted in silence: nothing can differ on one computer. */
export const harmless = (why: string): Support => ({ kind: 'harmless', why, warn: false });
/** Accepted, and whoever sets it is told that nothing comes of it. */
export const noEffect = (why: string): Support => ({ kind: 'harmless', why, warn: true });
export const refused = (why: string, instead: string, when: (value: unknown) => boolean = isSet): Support => ({
  kind: 'refused',
  why,
  instead,
  when,
});
