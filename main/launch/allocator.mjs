// The environment in which Hearth's backend is started: main/contract/allocator.ts says why, a test that they are the same.
export const allocator = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };
