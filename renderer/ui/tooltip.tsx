import { Tooltip as Base } from '@base-ui/react/tooltip';
import type { ReactElement } from 'react';
import css from './tooltip.module.css';

interface Props {
  text: string | undefined;
  side?: 'top' | 'bottom' | 'left' | 'right' | undefined;
  children: ReactElement;
}

/**
 * A short hint on hover and on keyboard focus. The name of a control must not live here alone. The control stays the same
 * element when its hint comes and goes: a button that is busy for a moment must not lose the focus by that.
 */
export function Tooltip({ text, side = 'top', children }: Props) {
  return (
    <Base.Root disabled={!text}>
      <Base.Trigger render={children} />
      {text && (
        <Base.Portal>
          <Base.Positioner side={side} sideOffset={6} className={css.positioner}>
            <Base.Popup className={css.popup}>{text}</Base.Popup>
          </Base.Positioner>
        </Base.Portal>
      )}
    </Base.Root>
  );
}
