/** What is remembered in this browser about an upload that is not finished, so that a reload can go on with it. */
export interface UploadRecord {
  name: string;
  displayName: string;
  fileName: string;
  size: number;
  lastModified: number;
}
const key = 'hearth.uploads.1';

function isRecord(value: unknown): value is UploadRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { name, displayName, fileName, size, lastModified } = value as Record<string, unknown>;
  return (
    [name, displayName, fileName].every((each) => typeof each === 'string') &&
    [size, lastModified].every((each) => typeof each === 'number')
  );
}

/** Unfinished uploads, oldest first. What cannot be read is dropped. */
export function uploadRecords(storage: Storage): UploadRecord[] {
  try {
    const value: unknown = JSON.parse(storage.getItem(key) ?? '[]');
    return Array.isArray(value) ? value.filter(isRecord) : [];
  } catch {
    storage.removeItem(key);
    return [];
  }
}
export function rememberUpload(storage: Storage, record: UploadRecord): void {
  const others = uploadRecords(storage).filter((each) => each.name !== record.name);
  storage.setItem(key, JSON.stringify([...others, record]));
}
export function forgetUpload(storage: Storage, name: string): void {
  storage.setItem(key, JSON.stringify(uploadRecords(storage).filter((each) => each.name !== name)));
}

/** Whether a chosen file is the one that was being uploaded. */
export const sameFile = (record: UploadRecord, file: { name: string; size: number }): boolean =>
  record.size === file.size && record.fileName === file.name;
