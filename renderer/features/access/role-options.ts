import { roles } from '../../../main/contract/roles.ts';
import { t } from './text.ts';

/** To choose from, each with what it may. */
export const roleOptions = roles.map((value) => ({
  value,
  label: t(`role.${value}`),
  detail: t(`role.${value}.text`),
}));
