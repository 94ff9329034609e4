import { describe, it } from 'vitest';
import { cutUpdates } from '../../../support/boxes/update-cut.ts';

describe('an update that is cut off', () => {
  it('leaves a box that starts, and goes through the next time', () => cutUpdates(5));
});
