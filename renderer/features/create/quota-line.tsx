import type { ReactNode } from 'react';
import { useCall } from '../../lib/use-call.ts';
import { amountText, leftOf } from '../access/quota-words.ts';
import css from './create.module.css';
import { t } from './text.ts';

/** What is left of one's own quota; nothing for whoever has none. */
export function QuotaLine(): ReactNode {
  const { value } = useCall(['quota', 'own'], (api) => api.access.getOwnQuota({}), { staleMs: 0 });
  if (!value?.quota) return null;
  const left = leftOf(value.quota.limits, value.quota.used);
  const words = left.map(([kind, amount]) => t(`quota.${kind}`, { left: amountText(kind, amount) }));
  return <p className={css.note}>{t('quota.left', { left: words.join(' · ') })}</p>;
}
