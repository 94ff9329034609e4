import { Combobox as Base } from '@base-ui/react/combobox';
import { Field } from './field.tsx';
import type { FieldProps } from './field.tsx';
import { CheckIcon, ChevronDownIcon } from './icons.tsx';
import type { Option } from './select.tsx';
import css from './select.module.css';
import { t } from './text.ts';

interface Props<V extends string> extends FieldProps {
  value: V | undefined;
  onChange: (value: V) => void;
  options: readonly Option<V>[];
  placeholder?: string | undefined;
  /** Said when nothing fits what was typed. */
  empty?: string | undefined;
}

/** A select for long lists: typing filters. */
export function Combobox<V extends string>(props: Props<V>) {
  const {
    value,
    onChange,
    options,
    placeholder,
    empty = t('nothingFits'),
    label,
    hint,
    error,
    optional,
    hideLabel,
  } = props;
  const current = options.find((option) => option.value === value) ?? null;
  return (
    <Field {...{ label, hint, error, optional, hideLabel }}>
      {(ids) => (
        <Base.Root<Option<V>>
          items={options}
          value={current}
          isItemEqualToValue={(a, b) => a.value === b.value}
          onValueChange={(next: Option<V> | null) => next && onChange(next.value)}
        >
          <div className={css.box}>
            <Base.Input {...ids} className={css.input} placeholder={placeholder} />
            <Base.Trigger className={css.open} aria-label={`${label}: show all`}>
              <ChevronDownIcon />
            </Base.Trigger>
          </div>
          <Base.Portal>
            <Base.Positioner className={css.positioner} sideOffset={4}>
              <Base.Popup className={css.popup}>
                <Base.Empty className={css.empty}>{empty}</Base.Empty>
                <Base.List>
                  {(option: Option<V>) => (
                    <Base.Item key={option.value} value={option} disabled={option.disabled} className={css.item}>
                      <span className={css.tick}>
                        <Base.ItemIndicator>
                          <CheckIcon />
                        </Base.ItemIndicator>
                      </span>
                      <span className={css.words}>
                        {option.label}
                        {option.detail && <span className={css.detail}>{option.detail}</span>}
                      </span>
                    </Base.Item>
                  )}
                </Base.List>
              </Base.Popup>
            </Base.Positioner>
          </Base.Portal>
        </Base.Root>
      )}
    </Field>
  );
}
