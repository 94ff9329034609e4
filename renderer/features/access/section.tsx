import { useClient } from '../../lib/connection.ts';
import { access, useLive } from '../../lib/resources.ts';
import { forgetUndos } from '../../lib/undo.ts';
import { useAction } from '../../lib/use-call.ts';
import { useMay } from '../../lib/use-may.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import type { AccessState } from '../../../main/contract/access.ts';
import css from './access.module.css';
import { OwnPassword } from './password-form.tsx';
import { t } from './text.ts';
import { QuotasCard } from './quotas-card.tsx';
import { UsersCard } from './users-card.tsx';

/** Settings: who is signed in here, who else may be, and where other computers find these pages. */
export function PeopleSection() {
  const { value, problem } = useLive(access);
  const may = useMay();
  if (!value) return problem ? <ProblemView problem={problem} /> : <Skeleton height="block" count={2} />;
  return (
    <>
      <Me state={value} />
      <Lan lan={value.lan} />
      {may('access.users') === undefined && <UsersCard me={value.me?.id} />}
      {may('access.getQuotas') === undefined && <QuotasCard />}
    </>
  );
}

function Me({ state: { me } }: { state: AccessState }) {
  const client = useClient();
  const signOut = useAction((api, everywhere: boolean) => api.access.signOut({ everywhere }), {
    onProblem: toastProblem,
    // Not back to this page: somebody else may sign in next.
    onDone: () => {
      forgetUndos();
      client.stop();
      window.location.assign(new URL('sign-in', document.baseURI));
    },
  });
  if (!me)
    return (
      <Card title={t('me.title')}>
        <p className={css.text}>{t('me.owner')}</p>
      </Card>
    );
  return (
    <Card title={t('me.title')}>
      <div className={css.stack}>
        <p className={css.text}>
          {t('me.signedIn', { name: me.name, role: t(`role.${me.role}`) })} {t(`role.${me.role}.text`)}
        </p>
        <OwnPassword />
        <div className={css.buttons}>
          <Button busy={signOut.busy && signOut.pending === false} onClick={() => void signOut.run(false)}>
            {t('signOut')}
          </Button>
          <Button tone="quiet" busy={signOut.busy && signOut.pending === true} onClick={() => void signOut.run(true)}>
            {t('signOut.everywhere')}
          </Button>
        </div>
      </div>
    </Card>
  );
}

function Lan({ lan }: { lan: AccessState['lan'] }) {
  const [first, ...others] = lan?.addresses ?? [];
  return (
    <Card title={t('lan.title')}>
      <div className={css.stack}>
        {lan ? (
          <>
            <KeyValue
              items={[
                ...(first === undefined ? [] : [{ label: t('lan.address'), value: first, mono: true, copy: first }]),
                ...(others.length === 0 ? [] : [{ label: t('lan.others'), value: others.join(' '), mono: true }]),
                { label: t('lan.fingerprint'), value: inGroups(lan.fingerprint), mono: true, copy: lan.fingerprint },
              ]}
            />
            <p className={css.text}>{t('lan.compare')}</p>
          </>
        ) : (
          <>
            <p className={css.text}>{t('lan.off')}</p>
            <CodeBlock text="npx hearth serve --lan" label={t('lan.title')} />
          </>
        )}
      </div>
    </Card>
  );
} // prettier-ignore

/** Digits that a person compares, four at a time. */
const inGroups = (digits: string): string => (digits.match(/.{1,4}/g) ?? []).join(' ');
