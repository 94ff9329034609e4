import type { ApplianceSettings } from '../../../main/contract/appliance.ts';
import { bytes } from '../../lib/format.ts';
import { useAction } from '../../lib/use-call.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { bundleVerdict, isBundlePath } from './bundle.ts';
import css from './install.module.css';
import { t } from './text.ts';

interface Props {
  path: string;
  /** Names the files that have to be in it; what was found counts for these only. */
  settings: ApplianceSettings;
}

/** Reads every file of a bundle and compares it, and names those that are missing or damaged. */
export function BundleCheck({ path, settings }: Props) {
  const asked = { path: path.trim(), settings };
  const check = useAction((api, input: typeof asked) => api.appliances.checkBundle(input));
  // An answer about another file, or for other versions, is none about this one.
  const stale = JSON.stringify(check.pending) !== JSON.stringify(asked);
  const verdict = check.value && !stale ? bundleVerdict(check.value) : undefined;
  return (
    <div className={css.stack}>
      <div>
        <Button
          size="small"
          busy={check.busy}
          why={isBundlePath(path) ? undefined : t('field.path')}
          onClick={() => void check.run(asked)}
        >
          {t('bundle.check')}
        </Button>
      </div>
      {check.busy && <p className={css.muted}>{t('bundle.checking')}</p>}
      {check.problem && !stale && <ProblemView problem={check.problem} compact />}
      {verdict?.good && (
        <Banner tone="ok" title={t('bundle.good', { size: bytes(check.value?.size ?? 0) })}>
          {t(verdict.kind ? 'bundle.withKind' : 'bundle.withoutKind')}
        </Banner>
      )}
      {verdict && !verdict.good && (
        <Banner tone="problem" title={t('bundle.bad')}>
          <Names title={t('bundle.missing', { n: verdict.missing.length })} names={verdict.missing} />
          <Names title={t('bundle.damaged', { n: verdict.damaged.length })} names={verdict.damaged} />
          <p>{t('bundle.cure')}</p>
        </Banner>
      )}
    </div>
  );
}

function Names({ title, names }: { title: string; names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <>
      <p>{title}</p>
      <ul className={css.bullets} aria-label={title}>
        {names.map((name) => (
          <li key={name} className={css.hash}>
            {name}
          </li>
        ))}
      </ul>
    </>
  );
}
