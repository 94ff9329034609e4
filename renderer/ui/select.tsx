import { Select as Base } from '@base-ui/react/select';
import { Field } from './field.tsx';
import type { FieldProps } from './field.tsx';
import { CheckIcon, ChevronDownIcon } from './icons.tsx';
import css from './select.module.css';
import { t } from './text.ts';

export interface Option<V extends string = string> {
  value: V;
  label: string;
  detail?: string | undefined;
  disabled?: boolean | undefined;
}
interface Props<V extends string> extends FieldProps {
  value: V | undefined;
  onChange: (value: V) => void;
  options: readonly Option<V>[];
  placeholder?: string | undefined;
}

export function Select<V extends string>({
  value,
  onChange,
  options,
  placeholder,
  label,
  hint,
  error,
  optional,
  hideLabel,
}: Props<V>) {
  return (
    <Field {...{ label, hint, error, optional, hideLabel }}>
      {({ id, ...aria }) => (
        <Base.Root<V>
          id={id}
          items={options}
          value={value ?? null}
          onValueChange={(next) => next !== null && onChange(next)}
          modal={false}
        >
          <Base.Trigger {...aria} className={css.trigger} aria-label={label}>
            <span className={css.value}>
              <Base.Value>
                {(current: V | null) => options.find((o) => o.value === current)?.label ?? placeholder ?? t('choose')}
              </Base.Value>
            </span>
            <Base.Icon className={css.chevron}>
              <ChevronDownIcon />
            </Base.Icon>
          </Base.Trigger>
          <Base.Portal>
            <Base.Positioner className={css.positioner} sideOffset={4} alignItemWithTrigger={false}>
              <Base.Popup className={css.popup}>
                {options.map((option) => (
                  <Base.Item key={option.value} value={option.value} disabled={option.disabled} className={css.item}>
                    <span className={css.tick}>
                      <Base.ItemIndicator>
                        <CheckIcon />
                      </Base.ItemIndicator>
                    </span>
                    <span className={css.words}>
                      <Base.ItemText>{option.label}</Base.ItemText>
                      {option.detail && <span className={css.detail}>{option.detail}</span>}
                    </span>
                  </Base.Item>
                ))}
              </Base.Popup>
            </Base.Positioner>
          </Base.Portal>
        </Base.Root>
      )}
    </Field>
  );
}
