import { useState } from 'react';
import type { FieldProps } from './field.tsx';
import { TextField } from './text-field.tsx';
import { t } from './text.ts';

interface Props extends FieldProps {
  value: number | undefined;
  onChange: (value: number | undefined) => void;
  min?: number | undefined;
  max?: number | undefined;
  unit?: string | undefined;
}

/** Whole numbers. Out of range or no number at all: an error, and `undefined` to the caller. */
export function NumberField({ value, onChange, min = 0, max = Number.MAX_SAFE_INTEGER, unit, error, ...field }: Props) {
  const [text, setText] = useState(value === undefined ? '' : String(value));
  const shown = value !== undefined && Number(text) !== value ? String(value) : text;
  const ok = (typed: string): boolean => /^\d+$/.test(typed) && Number(typed) >= min && Number(typed) <= max;
  const range = max === Number.MAX_SAFE_INTEGER ? t('number.from', { min }) : t('number.range', { min, max });
  return (
    <TextField
      {...field}
      value={shown}
      suffix={unit}
      inputMode="numeric"
      error={error ?? (shown !== '' && !ok(shown) ? range : undefined)}
      onChange={(typed) => {
        setText(typed);
        onChange(ok(typed) ? Number(typed) : undefined);
      }}
    />
  );
}
