import { describe, expect, it } from 'vitest';
import { cutUpdates } from '../../support/boxes/update-cut.ts';

describe('an update that is cut off at many moments', () => {
  it('leaves a box that starts each time', async () => {
    // Cuts did fall into the work.
    expect(await cutUpdates(25)).toContain('none unfinished');
  });
});
