import type { ReactNode } from 'react';
import type { TemplateParameter } from '../../../main/contract/templates.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { PlusIcon, TrashIcon } from '../../ui/icons.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './templates.module.css';
import { t } from './text.ts';

interface Props {
  parameters: readonly TemplateParameter[];
  onChange: (parameters: TemplateParameter[]) => void;
}

/** The parameters of a template, one a row. */
export function Parameters({ parameters, onChange }: Props): ReactNode {
  const change = (at: number, more: Partial<TemplateParameter>): void =>
    onChange(parameters.map((each, index) => (index === at ? { ...each, ...more } : each)));
  return (
    <div className={css.form}>
      <div>
        {parameters.map((each, at) => (
          // oxlint-disable-next-line no-array-index-key -- the name is what is typed
          <div key={at} className={css.parameter}>
            <TextField
              label={t('editor.parameter.name')}
              mono
              value={each.name}
              onChange={(name) => change(at, { name: name.toUpperCase() })}
              error={/^[A-Z][A-Z0-9_]*$/.test(each.name) ? undefined : t('editor.parameter.badName')}
            />
            <TextField
              label={t('editor.parameter.label')}
              value={each.label}
              onChange={(label) => change(at, { label })}
            />
            <TextField
              label={t('editor.parameter.value')}
              optional
              readOnly={each.secret}
              value={each.secret ? '' : (each.value ?? '')}
              onChange={(value) => change(at, { value })}
            />
            <Checkbox
              label={t('editor.parameter.required')}
              checked={each.required}
              onChange={(required) => change(at, { required })}
            />
            <Checkbox
              label={t('editor.parameter.secret')}
              checked={each.secret}
              onChange={(secret) => change(at, { secret })}
            />
            <IconButton
              icon={TrashIcon}
              label={t('editor.parameter.remove', { name: each.name })}
              onClick={() => onChange(parameters.filter((_, index) => index !== at))}
            />
          </div>
        ))}
      </div>
      <div>
        <Button
          size="small"
          icon={PlusIcon}
          onClick={() =>
            onChange([
              ...parameters,
              { name: `VALUE_${parameters.length + 1}`, label: '', description: '', required: true, secret: false },
            ])
          }
        >
          {t('editor.parameter.add')}
        </Button>
      </div>
    </div>
  );
}
