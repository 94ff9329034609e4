import { cx } from '../lib/cx.ts';
import { Field } from './field.tsx';
import type { FieldProps } from './field.tsx';
import css from './field.module.css';

export interface TextFieldProps extends FieldProps {
  value: string;
  onChange?: ((value: string) => void) | undefined;
  onBlur?: (() => void) | undefined;
  onEnter?: (() => void) | undefined;
  placeholder?: string | undefined;
  type?: 'text' | 'password' | 'url' | undefined;
  mono?: boolean | undefined;
  autoFocus?: boolean | undefined;
  readOnly?: boolean | undefined;
  suffix?: string | undefined;
  maxLength?: number | undefined;
  /** What password managers may put in; nothing unless told. */
  autoComplete?: 'current-password' | 'new-password' | undefined;
  inputMode?: 'text' | 'numeric' | 'decimal' | undefined;
}

export function TextField(props: TextFieldProps) {
  const {
    label,
    hint,
    error,
    optional,
    hideLabel,
    value,
    onChange,
    onEnter,
    mono,
    suffix,
    type = 'text',
    autoComplete = 'off',
    ...input
  } = props;
  return (
    <Field {...{ label, hint, error, optional, hideLabel }}>
      {(ids) => (
        <div className={css.row}>
          <input
            {...ids}
            {...input}
            type={type}
            value={value}
            className={cx(css.control, mono && css.mono, suffix && css.withSuffix)}
            autoComplete={autoComplete}
            spellCheck={false}
            onChange={(event) => onChange?.(event.target.value)}
            onKeyDown={(event) => event.key === 'Enter' && onEnter?.()}
          />
          {suffix && <span className={css.suffix}>{suffix}</span>}
        </div>
      )}
    </Field>
  );
}
