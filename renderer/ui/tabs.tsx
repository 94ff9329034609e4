import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import css from './tabs.module.css';

interface Props<V extends string> {
  label: string;
  value: V;
  onChange: (value: V) => void;
  items: readonly { value: V; label: string; count?: number | undefined }[];
  /** The panel of `value`. */
  children: ReactNode;
  /** The panel takes the height that is left. */
  fill?: boolean | undefined;
}

export function Tabs<V extends string>({ label, value, onChange, items, children, fill }: Props<V>) {
  return (
    <Base.Root value={value} onValueChange={(next) => onChange(next as V)} className={fill ? css.fill : undefined}>
      <Base.List className={css.list} aria-label={label}>
        {items.map((item) => (
          <Base.Tab key={item.value} value={item.value} className={css.tab}>
            {item.label}
            {item.count !== undefined && <span className={css.count}>{item.count}</span>}
          </Base.Tab>
        ))}
      </Base.List>
      <Base.Panel value={value} className={fill ? css.fillPanel : css.panel}>
        {children}
      </Base.Panel>
    </Base.Root>
  );
}
