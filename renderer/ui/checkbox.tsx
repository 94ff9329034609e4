import { useId } from 'react';
import { cx } from '../lib/cx.ts';
import css from './toggle.module.css';

interface Props {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  hint?: string | undefined;
  why?: string | undefined;
  indeterminate?: boolean | undefined;
  hideLabel?: boolean | undefined;
}

export function Checkbox({ label, checked, onChange, hint, why, indeterminate = false, hideLabel }: Props) {
  const id = useId();
  const note = why ?? hint;
  const box = (
    <input
      id={id}
      type="checkbox"
      className={cx(css.checkbox, hideLabel && css.alone)}
      checked={checked}
      ref={(node) => {
        if (node) node.indeterminate = indeterminate;
      }}
      aria-disabled={why !== undefined || undefined}
      aria-describedby={note ? `${id}-note` : undefined}
      aria-label={hideLabel ? label : undefined}
      onChange={(event) => why === undefined && onChange(event.target.checked)}
    />
  );
  // Alone in a table's row: nothing around it, there are many.
  if (hideLabel && note === undefined) return box;
  return (
    <div className={css.row}>
      {box}
      <div className={cx(css.words, hideLabel && css.none)}>
        {!hideLabel && <label htmlFor={id}>{label}</label>}
        {note && (
          <p id={`${id}-note`} className={css.hint}>
            {note}
          </p>
        )}
      </div>
    </div>
  );
}
