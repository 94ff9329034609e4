import type { HostCheck } from '../../../main/contract/host.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { ToneIcon } from '../../ui/status.tsx';
import css from './host.module.css';
import { t } from './text.ts';

const rank = { problem: 0, warning: 1, note: 2, ok: 3 };

/** Every check with its evidence; what needs an eye first. */
export function CheckList({ checks }: { checks: readonly HostCheck[] }) {
  return (
    <ul className={css.checks} aria-label={t('checks')}>
      {[...checks]
        .sort((a, b) => rank[a.status] - rank[b.status])
        .map((check) => (
          <li key={check.id} className={css.check} data-check={check.id} data-status={check.status}>
            <span className={css.icon}>
              <ToneIcon tone={check.status} />
            </span>
            <div className={css.words}>
              <p className={css.title}>{check.title}</p>
              <p className={css.detail}>{check.detail}</p>
              {check.fix && <p className={css.fix}>{check.fix}</p>}
              {check.commands.length > 0 && <CodeBlock text={check.commands.join('\n')} label={t('commands')} />}
            </div>
          </li>
        ))}
    </ul>
  );
}
