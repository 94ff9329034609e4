import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import type { PermissionId } from '../../main/contract/permission-rows.ts';
import { useClient, useConnection } from '../lib/connection.ts';
import { ago } from '../lib/format.ts';
import { target, useLive } from '../lib/resources.ts';
import { useNow } from '../lib/use-now.ts';
import { useMay } from '../lib/use-may.ts';
import { useOffer } from '../lib/use-offer.ts';
import { Banner } from '../ui/banner.tsx';
import { Button } from '../ui/button.tsx';
import { needOf } from './page-needs.ts';
import css from './shell.module.css';
import { t } from './text.ts';

/** One line when the backend or the target does not answer; the content below stays. */
export function ConnectionBanner() {
  const { state, since, attempt } = useConnection();
  const { retryNow } = useClient();
  const { value } = useLive(target);
  const now = useNow();
  const grace = useGrace(state !== 'open', since, 700);
  const retry = (
    <Button size="small" onClick={retryNow}>
      {t('lost.retry')}
    </Button>
  );
  if (state === 'lost' && grace)
    return (
      <div className={css.banner}>
        <Banner tone="warning" title={t('lost.title', { ago: ago(since, now) })} actions={retry}>
          {t('lost.text')}
        </Banner>
      </div>
    );
  if (state === 'connecting' && grace && attempt > 0)
    return (
      <div className={css.banner}>
        <Banner tone="note" title={t('connecting.title')} actions={retry}>
          {t('connecting.text')}
        </Banner>
      </div>
    );
  if (state === 'open' && value?.state === 'lost')
    return (
      <div className={css.banner}>
        <Banner tone="warning" title={value.problem?.title ?? t('target.lost')}>
          {[value.problem?.fix ?? value.problem?.detail, t('targetLost.since', { ago: ago(value.since, now) })].join(
            ' ',
          )}
        </Banner>
      </div>
    );
  return <LookOnly />;
}

/** Pages about Hearth and about all targets: what the one that is shown refuses is nothing to them. */
const elsewhere = /^\/(settings|targets|appliance|activity|setup)\b/;
const changes = ['machines.create', 'machines.applyYaml', 'machines.act:delete', 'machines.act:start'] as const;

/** Pages on which all that changes something takes another role. */
const rolePages = [
  ['/appliance', 'appliances.install'],
  ['/targets', 'targets.use'],
  ['/boxes', 'boxes.act'],
  ['/storage', 'storage.remove'],
  ['/templates', 'templates.save'],
  ['/images', 'images.remove'],
  ['/networks', 'networks.create'],
] as const satisfies readonly (readonly [string, PermissionId])[];

/** Where nothing can be changed this says so once, before the many buttons that each have their reason. */
function LookOnly() {
  const offer = useOffer();
  const may = useMay();
  const [path] = useLocation();
  const { value } = useLive(target);
  // A page that is refused as a whole says so itself.
  const need = needOf(path);
  if (need !== undefined && may(need) !== undefined) return null;
  const page = rolePages.find(([at]) => path === at || path.startsWith(`${at}/`));
  const refused = page && may(page[1]);
  if (refused !== undefined)
    return (
      <div className={css.banner}>
        <Banner tone="note" title={t('lookOnly.role')}>
          {refused}
        </Banner>
      </div>
    );
  const lacks = changes.map((id) => offer(id));
  if (value?.state !== 'ready' || elsewhere.test(path) || lacks.includes(undefined)) return null;
  return (
    <div className={css.banner}>
      <Banner tone="note" title={t('lookOnly.title', { name: value.name })}>
        {offer('machines.applyYaml')}
      </Banner>
    </div>
  );
}

/** True once it has lasted since `since`: a short drop is not worth a word. */
function useGrace(on: boolean, since: string, ms: number): boolean {
  const [lasted, setLasted] = useState<string>();
  useEffect(() => {
    if (!on) return;
    const timer = setTimeout(() => setLasted(since), ms);
    return () => clearTimeout(timer);
  }, [on, since, ms]);
  return on && lasted === since;
}
