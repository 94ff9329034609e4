import type { Condition, Stored } from '../../kube/object.ts';
import { isMap } from '../patch/merge-patch.ts';

export interface Column {
  name: string;
  type: 'string' | 'integer' | 'number' | 'date' | 'boolean';
  /** 1 = with -o wide only. */
  priority?: number;
  format?: string;
  description?: string;
  cell: (object: Stored) => unknown;
}

/** A member deep inside an object. */
export const dig = (value: unknown, ...path: string[]): unknown => {
  let here = value;
  for (const key of path) here = isMap(here) && Object.hasOwn(here, key) ? here[key] : undefined;
  return here;
};
export const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
export const orNone = (value: unknown): string => text(value) || '<none>';

/** Status of a condition, as `.status.conditions[?(@.type=='...')].status` prints it; empty where there is none. */
export const condition = (object: Stored, type: string): string | undefined => {
  const list = dig(object, 'status', 'conditions');
  if (!Array.isArray(list)) return undefined;
  return (list as Condition[]).find((entry) => isMap(entry) && entry.type === type)?.status;
};

/** Age as kubectl prints it (apimachinery duration.HumanDuration). */
export const age = (since: unknown, now = Date.now()): string => {
  const start = Date.parse(text(since));
  if (Number.isNaN(start)) return '<unknown>';
  const seconds = Math.floor((now - start) / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`;
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  if (days < 2920) return days % 365 === 0 ? `${years}y` : `${years}y${days % 365}d`;
  return `${years}y`;
};

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  cell: (object) => object.metadata.name,
};
export const ageColumn: Column = {
  name: 'Age',
  type: 'string',
  cell: (object) => age(object.metadata.creationTimestamp),
};
export const dateColumn: Column = { ...ageColumn, type: 'date' };
/** A plain column by path. */
export const column = (name: string, path: string, options: Partial<Column> = {}): Column => ({
  name,
  type: 'string',
  cell: (object) => dig(object, ...path.split('.')) ?? '',
  ...options,
});
export const conditionColumn = (name: string, type: string, options: Partial<Column> = {}): Column => ({
  name,
  type: 'string',
  cell: (object) => condition(object, type) ?? '',
  ...options,
});
