import { describe, expect, it } from 'vitest';
import { cutUpdates } from '../../../support/boxes/update-cut.ts';

describe('an update that is cut off', () => {
  it('leaves a box that starts, and goes through the next time', async () => {
    // Cuts did fall into the work.
    expect(await cutUpdates(5)).toContain('none unfinished');
  });
});
