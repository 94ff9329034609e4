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
    // Right after a reload the backend still takes the old window's upload for a running one.
    const open = list.items
      .filter((row) => row.state === 'waiting' || row.state === 'importing')
      .map((row) => row.name);
    return records.filter((record) => open.includes(record.name));
  }, [list.items, running]);
}
