import { Field } from './field.tsx';
import type { FieldProps } from './field.tsx';
import css from './slider.module.css';

interface Props extends FieldProps {
  value: number;
  onChange: (value: number) => void;
  min?: number | undefined;
  max: number;
  step?: number | undefined;
  /** What the value says, e.g. "20 %". */
  text: string;
}

/** A dial: a number in a range where about right is right. Arrow keys move it by one step. */
export function Slider({ value, onChange, min = 0, max, step = 1, text, ...field }: Props) {
  return (
    <Field {...field}>
      {(ids) => (
        <div className={css.row}>
          <input
            {...ids}
            className={css.range}
            type="range"
            min={min}
            max={max}
            step={step}
            value={value}
            aria-valuetext={text}
            onChange={(event) => onChange(Number(event.target.value))}
          />
          <output className={css.text} htmlFor={ids.id}>
            {text}
          </output>
        </div>
      )}
    </Field>
  );
}
