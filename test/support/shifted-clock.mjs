// Loaded into a Hearth under test: its clock is as far off as the file of HEARTH_TEST_CLOCK says (milliseconds), from one moment
// to the next, as when somebody sets the clock. Timers and the monotonic clock go on, as the system's do.
import { readFileSync } from 'node:fs';

const file = process.env['HEARTH_TEST_CLOCK'];
if (file) {
  const Real = Date;
  const real = Real.now.bind(Real);
  let offset = 0;
  let looked = 0;
  const now = () => {
    const at = performance.now();
    if (at - looked > 20) {
      looked = at;
      try {
        offset = Number(readFileSync(file, 'utf8')) || 0;
      } catch {
        // There is none yet: the clock is right.
        offset = 0;
      }
    }
    return real() + offset;
  };
  globalThis.Date = class Date extends Real {
    constructor(...given) {
      super(...(given.length === 0 ? [now()] : given));
    }
    static now() {
      return now();
    }
  };
}
