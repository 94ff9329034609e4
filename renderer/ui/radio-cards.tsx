import { useId } from 'react';
import type { ReactNode } from 'react';
import { cx } from '../lib/cx.ts';
import type { Icon } from './icons.tsx';
import css from './radio-cards.module.css';

export interface CardOption<V extends string = string> {
  value: V;
  title: string;
  detail?: ReactNode;
  icon?: Icon | undefined;
  badge?: string | undefined;
  /** Why it cannot be chosen. */
  why?: string | undefined;
}
interface Props<V extends string> {
  label: string;
  value: V | undefined;
  onChange: (value: V) => void;
  options: readonly CardOption<V>[];
  columns?: 1 | 2 | 3 | 4 | undefined;
  hideLabel?: boolean | undefined;
}

export function RadioCards<V extends string>({ label, value, onChange, options, columns = 3, hideLabel }: Props<V>) {
  const name = useId();
  return (
    <fieldset className={css.group}>
      <legend className={hideLabel ? 'visually-hidden' : css.legend}>{label}</legend>
      <div className={cx(css.cards, css[`c${columns}`])}>
        {options.map(({ value: each, title, detail, icon: Icon, badge, why }, index) => (
          <label key={each} className={cx(css.card, value === each && css.chosen, why !== undefined && css.off)}>
            <input
              type="radio"
              className={css.radio}
              name={name}
              checked={value === each}
              aria-disabled={why !== undefined || undefined}
              aria-labelledby={`${name}-${index}`}
              aria-describedby={`${name}-${index}-more`}
              onChange={() => why === undefined && onChange(each)}
            />
            {Icon && (
              <span className={css.icon}>
                <Icon size={20} />
              </span>
            )}
            <span className={css.words}>
              <span className={css.title}>
                <span id={`${name}-${index}`} className={css.name}>
                  {title}
                </span>
                {badge && <span className={css.badge}>{badge}</span>}
              </span>
              <span id={`${name}-${index}-more`} className={css.detail}>
                {detail}
                {why && <span className={css.why}>{why}</span>}
              </span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
