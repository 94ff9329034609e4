import { cx } from '../lib/cx.ts';
import { Field } from './field.tsx';
import type { FieldProps } from './field.tsx';
import css from './field.module.css';

interface Props extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  rows?: number | undefined;
  mono?: boolean | undefined;
  placeholder?: string | undefined;
}

export function TextArea({
  label,
  hint,
  error,
  optional,
  hideLabel,
  value,
  onChange,
  rows = 4,
  mono,
  placeholder,
}: Props) {
  return (
    <Field {...{ label, hint, error, optional, hideLabel }}>
      {(ids) => (
        <textarea
          {...ids}
          className={cx(css.control, css.area, mono && css.mono)}
          rows={rows}
          value={value}
          placeholder={placeholder}
          spellCheck={!mono}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
