import { TextField } from '../../ui/text-field.tsx';
import { t } from './text.ts';

interface Props {
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  /** Whose computer it is for. */
  place: string;
}

/** The administrator's password where no dialog of the system asks for it. Used once, kept nowhere. */
export function SudoField({ value, onChange, error, place }: Props) {
  return (
    <TextField
      label={t('sudo.label', { place })}
      type="password"
      value={value}
      onChange={onChange}
      error={error}
      hint={t('sudo.hint')}
    />
  );
}
