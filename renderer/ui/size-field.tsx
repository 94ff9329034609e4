import { useState } from 'react';
import { bytes, parseBytes } from '../lib/format.ts';
import type { FieldProps } from './field.tsx';
import { TextField } from './text-field.tsx';
import { t } from './text.ts';

interface Props extends FieldProps {
  /** Bytes. */
  value: number | undefined;
  onChange: (value: number | undefined) => void;
  min?: number | undefined;
  max?: number | undefined;
  placeholder?: string | undefined;
}

/** A size as people write it ("20 GiB", "512M"); gives bytes, or `undefined` while it is none. */
export function SizeField({ value, onChange, min = 1, max = Number.MAX_SAFE_INTEGER, error, ...field }: Props) {
  const [text, setText] = useState(value === undefined ? '' : bytes(value));
  const parsed = parseBytes(text);
  const shown = value !== undefined && parsed !== value ? bytes(value) : text;
  const problem = (): string | undefined => {
    if (shown.trim() === '' || value !== undefined) return undefined;
    if (parsed === undefined) return t('size.form');
    return parsed < min ? t('size.least', { size: bytes(min) }) : t('size.most', { size: bytes(max) });
  };
  return (
    <TextField
      {...field}
      value={shown}
      error={error ?? problem()}
      onChange={(typed) => {
        setText(typed);
        const size = parseBytes(typed);
        onChange(size !== undefined && size >= min && size <= max ? size : undefined);
      }}
      onBlur={() => value !== undefined && setText(bytes(value) === '' ? text : tidy(value))}
    />
  );
}
/** The short form only where it says the same. */
const tidy = (value: number): string => (parseBytes(bytes(value)) === value ? bytes(value) : `${value} B`);
