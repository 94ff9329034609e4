import css from './segments.module.css';

interface Props<T extends string> {
  label: string;
  value: T;
  onChange: (value: T) => void;
  items: readonly { value: T; label: string }[];
}

/** A few views of the same thing, one of which is shown. */
export function Segments<T extends string>({ label, value, onChange, items }: Props<T>) {
  return (
    <fieldset className={css.segments} aria-label={label}>
      {items.map((each) => (
        <button
          key={each.value}
          type="button"
          className={css.segment}
          aria-pressed={each.value === value}
          onClick={() => onChange(each.value)}
        >
          {each.label}
        </button>
      ))}
    </fieldset>
  );
}
