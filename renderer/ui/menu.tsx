import { Menu as Base } from '@base-ui/react/menu';
import { useRef } from 'react';
import type { ReactElement } from 'react';
import { cx } from '../lib/cx.ts';
import { MoreIcon } from './icons.tsx';
import type { Icon } from './icons.tsx';
import iconButton from './icon-button.module.css';
import { Kbd } from './kbd.tsx';
import css from './menu.module.css';

export interface MenuItem {
  label: string;
  icon?: Icon | undefined;
  onSelect: () => void;
  /** Why it cannot be used now; shown under the label. */
  why?: string | undefined;
  danger?: boolean | undefined;
  shortcut?: string | undefined;
  /** Takes the keyboard once the menu is closed; any sooner, the menu would take it back. */
  takesFocus?: (() => void) | undefined;
}
interface Props {
  /** Names the default three-dot trigger. */
  label: string;
  icon?: Icon | undefined;
  trigger?: ReactElement | undefined;
  items: readonly (MenuItem | 'separator')[];
}

export function Menu({ label, icon: Trigger = MoreIcon, trigger, items }: Props) {
  const chosen = useRef<MenuItem>(undefined);
  const finalFocus = (): boolean => {
    const take = chosen.current?.takesFocus;
    chosen.current = undefined;
    take?.();
    return !take;
  };
  return (
    <Base.Root modal={false}>
      {trigger ? (
        <Base.Trigger render={trigger} />
      ) : (
        <Base.Trigger className={cx(iconButton.button, iconButton.quiet)} aria-label={label}>
          <Trigger />
        </Base.Trigger>
      )}
      <Base.Portal>
        <Base.Positioner className={css.positioner} sideOffset={4} align="end">
          <Base.Popup className={css.popup} finalFocus={finalFocus}>
            {items.map((item, index) =>
              item === 'separator' ? (
                // oxlint-disable-next-line no-array-index-key -- separators have no other name
                <Base.Separator key={`separator-${index}`} className={css.separator} />
              ) : (
                <Base.Item
                  key={item.label}
                  className={cx(css.item, item.danger && css.danger)}
                  disabled={item.why !== undefined}
                  onClick={() => {
                    chosen.current = item;
                    item.onSelect();
                  }}
                >
                  <span className={css.icon}>{item.icon && <item.icon />}</span>
                  <span className={css.words}>
                    {item.label}
                    {item.why && <span className={css.why}>{item.why}</span>}
                  </span>
                  {item.shortcut && <Kbd keys={item.shortcut} />}
                </Base.Item>
              ),
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
