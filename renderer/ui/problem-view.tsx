import type { ReactNode } from 'react';
import type { Problem } from '../../main/contract/problem.ts';
import { cx } from '../lib/cx.ts';
import { reportedIn } from '../lib/language.ts';
import { CopyButton } from './copy-button.tsx';
import css from './problem-view.module.css';
import { ToneIcon } from './status.tsx';
import { t } from './text.ts';

interface Props {
  problem: Problem;
  actions?: ReactNode;
  compact?: boolean | undefined;
}

/** A failure: what happened, the likely cause, what to do, and what lies behind it for those who look closer. */
export function ProblemView({ problem, actions, compact }: Props) {
  const { title, detail, cause, fix, command, output, kind } = problem;
  const behind = [command && `$ ${command}`, ...(output ?? [])].filter(Boolean).join('\n');
  const lang = reportedIn();
  const tone = kind === 'cancelled' ? 'note' : kind === 'denied' ? 'warning' : 'problem';
  return (
    <div className={cx(css.problem, compact && css.compact)} role={kind === 'cancelled' ? 'status' : 'alert'}>
      <span className={css.icon}>
        <ToneIcon tone={tone} size={compact ? 16 : 20} />
      </span>
      <div className={css.words}>
        <p className={css.title} lang={lang}>
          {title}
        </p>
        <p lang={lang}>{detail}</p>
        {cause && (
          <p>
            <span className={css.lead}>{t('problem.cause')} </span>
            <span lang={lang}>{cause}</span>
          </p>
        )}
        {fix && (
          <p>
            <span className={css.lead}>{t('problem.fix')} </span>
            <span lang={lang}>{fix}</span>
          </p>
        )}
        {actions && <div className={css.actions}>{actions}</div>}
        {behind && (
          <details className={css.behind}>
            <summary>{t('problem.behind')}</summary>
            <pre>{behind}</pre>
          </details>
        )}
      </div>
      <CopyButton text={asText(problem)} label={t('problem.copy')} />
    </div>
  );
}

const asText = (p: Problem): string =>
  [
    `${p.title} (${p.code})`,
    p.detail,
    p.cause && `Cause: ${p.cause}`,
    p.fix && `Fix: ${p.fix}`,
    p.command && `$ ${p.command}`,
    ...(p.output ?? []),
  ]
    .filter(Boolean)
    .join('\n');
