import { defineConfig } from 'vitest/config';

const project = (name: string, timeout: number, workers: number, retry = 0) => ({
  test: {
    name,
    root: import.meta.dirname,
    include: [`${name}/**/*.test.ts`, `${name}/**/*.test.tsx`],
    testTimeout: timeout,
    retry,
    hookTimeout: Math.max(timeout, 120_000),
    fileParallelism: workers > 1,
    ...(workers > 1 && { maxWorkers: workers }),
    pool: 'forks' as const,
  },
});

// Several files at a time where a file is one program that mostly waits. Suites that boot guests or browsers run one at a
// time: two cores boot two guests at most. Who waits for a QEMU may try once more (the report says so): a busy computer
// makes a software-emulated guest late, and a second failure is a real one.
export default defineConfig({
  test: {
    projects: [
      project('unit', 20_000, 3),
      project('contract', 60_000, 3, 1),
      project('guests', 120_000, 1, 1),
      project('security', 60_000, 3),
      project('e2e', 180_000, 1, 1),
      // Every operation on real guests and in the browser: longer than `npm test` may take, `npm run test:operations`.
      project('operations', 240_000, 1, 1),
      // Whole computers under software emulation; `npm test` leaves it out, `npm run test:appliance` runs it alone.
      project('appliance', 600_000, 1, 1),
      // The whole appliance in such a computer, from SSH and from the browser: `npm run test:whole`.
      project('whole', 600_000, 1),
      // A box from its stick, in such computers: `npm run test:box`.
      project('box', 900_000, 1),
    ],
  },
});
