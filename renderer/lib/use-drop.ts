import { useState } from 'react';
import type { DragEvent } from 'react';

/** What an element needs to take files that are dropped on it, and whether some are held over it now. */
export function useDrop(take: (files: File[]) => void) {
  const [over, setOver] = useState(false);
  return {
    over,
    drop: {
      onDragOver: (event: DragEvent) => {
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: () => setOver(false),
      onDrop: (event: DragEvent) => {
        event.preventDefault();
        setOver(false);
        take([...event.dataTransfer.files]);
      },
    },
  };
}
