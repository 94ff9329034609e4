/**
 * Environment of Hearth's own Node processes, read by glibc when they start: one arena for all threads, and what is freed goes back.
 * Left to itself each thread keeps an arena of its own, and a tenth of the backend's memory is holes. Elsewhere it means nothing.
 */
export const allocator = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
} as const;
