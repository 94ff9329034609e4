import { useState } from 'react';
import { amountKinds, limitedRoles } from '../../../main/contract/quotas.ts';
import type { Amounts, Limits } from '../../../main/contract/quotas.ts';
import { byName } from '../../lib/format.ts';
import { useList, users } from '../../lib/resources.ts';
import { useCall } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import css from './access.module.css';
import { QuotaDialog } from './quota-dialog.tsx';
import type { Whose } from './quota-dialog.tsx';
import { amountText } from './quota-words.ts';
import { t } from './text.ts';

/** How much each may have on the current target, and has; for admins. */
export function QuotasCard() {
  const { items } = useList(users);
  const roles = items.map(({ id, role }) => `${id} ${role}`).sort();
  // Another list where people or their roles are others.
  const { value, problem, again } = useCall(['quotas', roles], (api) => api.access.getQuotas({}), { staleMs: 0, keepFor: 1 }); // prettier-ignore
  const [asked, setAsked] = useState<Whose>();
  const names = new Map(items.map(({ id, name }) => [id, name]));
  const people = (value?.people ?? []).flatMap((each) => {
    const name = names.get(each.id);
    return name === undefined ? [] : [{ ...each, name }];
  });
  return (
    <Card title={t('quota.title')} flush>
      <p className={css.row}>{t('quota.text')}</p>
      {problem && <ProblemView problem={problem} compact />}
      {!value && !problem && <Skeleton count={2} />}
      {value && (
        <ul className={css.rows}>
          {limitedRoles.map((role) => {
            const [name, limits] = [t(`quota.every.${role}`), value.roles[role]];
            return <Row key={role} name={name} limits={limits} change={() => setAsked({ type: 'role', role, name, limits })} />; // prettier-ignore
          })}
          {people
            .toSorted((a, b) => byName(a.name, b.name))
            .map(({ id, name, limits, used, own }) => (
              <Row key={id} name={name} limits={limits} used={used} change={() => setAsked({ type: 'person', id, name, limits, own })} />
            ))}
        </ul>
      )}
      {asked && <QuotaDialog whose={asked} onClose={() => setAsked(undefined)} onDone={again} />}
    </Card>
  );
} // prettier-ignore

function Row({ name, limits, used, change }: { name: string; limits: Limits; used?: Amounts; change: () => void }) {
  return (
    <li className={css.row}>
      <div className={css.who}>
        <div className={css.name}>{name}</div>
        <div className={css.seen}>{wordsOf(limits, used)}</div>
      </div>
      <Button size="small" aria-label={t('quota.changeOf', { name })} onClick={change}>
        {t('quota.change')}
      </Button>
    </li>
  );
}

function wordsOf(limits: Limits, used: Amounts | undefined): string {
  const parts = amountKinds.flatMap((kind) => {
    const limit = limits[kind];
    const what = t(`quota.${kind}`);
    const most = limit === undefined ? undefined : amountText(kind, limit);
    if (!used) return most === undefined ? [] : [t('quota.most', { what, limit: most })];
    const now = amountText(kind, used[kind]);
    return [most === undefined ? t('quota.free', { what, used: now }) : t('quota.used', { what, used: now, limit: most })]; // prettier-ignore
  });
  return parts.length === 0 ? t('quota.none') : parts.join(' · ');
}
