import { useId } from 'react';
import css from './toggle.module.css';

interface Props {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  hint?: string | undefined;
  why?: string | undefined;
}

/** On or off, taking effect at once. */
export function Switch({ label, checked, onChange, hint, why }: Props) {
  const id = useId();
  const note = why ?? hint;
  return (
    <div className={css.row}>
      <input
        id={id}
        type="checkbox"
        role="switch"
        aria-checked={checked}
        className={css.switch}
        checked={checked}
        aria-disabled={why !== undefined || undefined}
        aria-describedby={note ? `${id}-note` : undefined}
        onChange={(event) => why === undefined && onChange(event.target.checked)}
      />
      <div className={css.words}>
        <label htmlFor={id}>{label}</label>
        {note && (
          <p id={`${id}-note`} className={css.hint}>
            {note}
          </p>
        )}
      </div>
    </div>
  );
}
