import { useState } from 'react';
import type { UserRow } from '../../../main/contract/access.ts';
import type { Role } from '../../../main/contract/roles.ts';
import { ago, byName } from '../../lib/format.ts';
import { useList, users } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { useNow } from '../../lib/use-now.ts';
import { useRemoval } from '../../lib/use-removal.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { PlusIcon } from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Select } from '../../ui/select.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import css from './access.module.css';
import { roleOptions } from './role-options.ts';
import { t } from './text.ts';
import { AddUserDialog, SetPasswordDialog } from './user-dialogs.tsx';

/** Everybody who may sign in; for admins. `me`: whose page it is. */
export function UsersCard({ me }: { me: string | undefined }) {
  const { items, state, problem } = useList(users);
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<UserRow>();
  return (
    <Card
      title={t('users.title')}
      flush
      actions={
        <Button size="small" icon={PlusIcon} onClick={() => setAdding(true)}>
          {t('users.add')}
        </Button>
      }
    >
      {problem && <ProblemView problem={problem} compact />}
      {state === 'loading' && !problem && <Skeleton count={2} />}
      {state !== 'loading' && !problem && items.length === 0 && <p className={css.row}>{t('users.none')}</p>}
      <ul className={css.rows}>
        {[...items].sort((a, b) => byName(a.name, b.name)).map((row) => (
          <Row key={row.id} row={row} own={row.id === me} setPassword={() => setAsked(row)} />
        ))}
      </ul>
      {adding && <AddUserDialog onClose={() => setAdding(false)} />}
      {asked && <SetPasswordDialog row={asked} onClose={() => setAsked(undefined)} />}
    </Card>
  );
} // prettier-ignore

function Row({ row, own, setPassword }: { row: UserRow; own: boolean; setPassword: () => void }) {
  const now = useNow();
  const setRole = useAction((api, role: Role) => api.access.setRole({ id: row.id, role }), { onProblem: toastProblem });
  const signOut = useAction((api, _input: undefined) => api.access.signOutUser({ id: row.id }), {
    onProblem: toastProblem,
    onDone: () => toast({ title: t('users.signedOut', { name: row.name }) }),
  });
  const { remove } = useRemoval<UserRow>({
    call: async (api, { id }) => ({ of: 'user', ...(await api.access.remove({ id })) }),
    done: ({ name }) => t('users.removed', { name }),
    name: ({ name }) => name,
  });
  const seen = [
    row.signedInAt ? t('users.seen', { ago: ago(row.signedInAt, now) }) : t('users.never'),
    ...(row.sessions > 0 ? [t('users.sessions', { n: row.sessions })] : []),
  ];
  return (
    <li className={css.row}>
      <div className={css.who}>
        <div className={css.name}>{own ? t('users.you', { name: row.name }) : row.name}</div>
        <div className={css.seen}>{seen.join(' · ')}</div>
      </div>
      <div className={css.role}>
        {own ? (
          t(`role.${row.role}`)
        ) : (
          <Select
            label={t('users.roleOf', { name: row.name })}
            hideLabel
            value={row.role}
            options={roleOptions}
            onChange={(role) => void setRole.run(role)}
          />
        )}
      </div>
      <Menu
        label={t('users.more', { name: row.name })}
        items={[
          { label: t('users.setPassword'), onSelect: setPassword },
          { label: t('users.signOut'), onSelect: () => void signOut.run(undefined), why: row.sessions === 0 ? t('users.notSignedIn') : undefined }, // prettier-ignore
          'separator',
          {
            label: t('users.remove'),
            onSelect: () => remove(row),
            danger: true,
            why: own ? t('users.ownWhy') : undefined,
          },
        ]}
      />
    </li>
  );
}
