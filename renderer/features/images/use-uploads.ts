import { useMemo, useSyncExternalStore } from 'react';
import { images, useList } from '../../lib/resources.ts';
import { uploadRecords } from './upload-records.ts';
import type { UploadRecord } from './upload-records.ts';
import { uploads } from './uploads.ts';
import type { UploadItem } from './uploads.ts';

/** Uploads of this window. */
export const useUploads = (): readonly UploadItem[] => useSyncExternalStore(uploads.subscribe, uploads.list);

/** Uploads an earlier window began and did not end: the library still waits for them. */
export function useUnfinished(): UploadRecord[] {
  const list = useList(images);
  const running = useUploads();
  return useMemo(() => {
    const records = uploadRecords(localStorage).filter((record) => !running.some((item) => item.name === record.name));
    const waiting = list.items.filter((row) => row.state === 'waiting').map((row) => row.name);
    return records.filter((record) => waiting.includes(record.name));
  }, [list.items, running]);
}
