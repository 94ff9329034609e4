// Without zod: pages judge while a person types.

/** Annotations by which machines are put in order; any client may write them. */
export const organiseKeys = {
  folder: 'hearth.dev/folder',
  notes: 'hearth.dev/notes',
  startOrder: 'hearth.dev/start-order',
  startDelay: 'hearth.dev/start-delay',
  keys: 'hearth.dev/key-combinations',
} as const;

/** Key combinations that are kept for one machine, at most. */
export const mostKeyCombinations = 40;
/** The annotation as a list; what anybody else wrote there and is none counts as nothing. Pure. */
export function keyCombinationsOf(text: string | undefined): string[] {
  if (text === undefined) return [];
  try {
    const all: unknown = JSON.parse(text);
    const fits = (each: unknown): each is string => typeof each === 'string' && each.length > 0 && each.length <= 60;
    return Array.isArray(all) ? all.filter(fits).slice(0, mostKeyCombinations) : [];
  } catch {
    return []; // not ours
  }
}

/** `" /home//lab/ "` -> `home/lab`. Pure. */
export const tidyFolder = (path: string): string =>
  path
    .split('/')
    .map((part) => part.trim().replaceAll(/\s+/g, ' '))
    .filter(Boolean)
    .join('/');

/** Why a tidy path is no folder; undefined when it is one. '' is: no folder. Pure. */
export function folderTrouble(path: string): string | undefined {
  const parts = path.split('/');
  if (parts.length > 8) return 'At most eight folders deep.';
  if (parts.some((part) => part.length > 60)) return 'At most 60 letters a folder.';
  // oxlint-disable-next-line no-control-regex -- they are what is refused
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'No control characters.';
  return parts.some((part) => part === '.' || part === '..') ? 'A folder cannot be named with dots alone.' : undefined;
}

const part = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** Labels that programs set and read: changing them by hand breaks what they select. */
const others = /(^|\.)(kubernetes\.io|k8s\.io|kubevirt\.io|hearth\.dev)\//;
export const isOwnLabel = (key: string): boolean => !others.test(key);

/** Why it is no label of a person's, by Kubernetes' rules; undefined when it is. Pure. */
export function labelTrouble(key: string, value: string): string | undefined {
  const [prefix, name] = key.includes('/') ? key.split('/', 2) : [undefined, key];
  if (key.split('/').length > 2 || !part.test(name ?? ''))
    return 'A name has up to 63 letters, digits, dashes, dots and underscores, and begins and ends with a letter or digit.';
  if (prefix !== undefined && (prefix.length > 253 || !subdomain.test(prefix)))
    return 'What stands before the slash is a domain name in small letters.';
  if (!isOwnLabel(key)) return 'Labels of this domain are set by programs.';
  if (value !== '' && !part.test(value))
    return 'A value has up to 63 letters, digits, dashes, dots and underscores, and begins and ends with a letter or digit.';
  return undefined;
}

/** `env=prod` -> key and value; `env` -> an empty value. Pure. */
export const parseLabel = (text: string): { key: string; value: string } => {
  const at = text.indexOf('=');
  return at < 0 ? { key: text.trim(), value: '' } : { key: text.slice(0, at).trim(), value: text.slice(at + 1).trim() };
};

/** The labels that a person sees and edits. Pure. */
export const ownLabels = (labels: Readonly<Record<string, string>> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(labels ?? {}).filter(([key]) => isOwnLabel(key)));

/** Seconds of `90`, `5s`, `2m`, `1m30s`; undefined for anything else. Pure. */
export function secondsOf(text: string | undefined): number | undefined {
  const match = /^(?:(\d{1,4})m)?(?:(\d{1,5})s?)?$/.exec(text?.trim() ?? '');
  if (!match || (match[1] === undefined && match[2] === undefined)) return undefined;
  return Number(match[1] ?? 0) * 60 + Number(match[2] ?? 0);
}
/** A start order is a whole number from 0 to 9999; undefined for anything else. Pure. */
export const orderOf = (text: string | undefined): number | undefined =>
  /^\d{1,4}$/.test(text?.trim() ?? '') ? Number(text) : undefined;
