import type { PreflightFinding, PreflightReport } from '../../../main/contract/appliance.ts';
import { Card } from '../../ui/card.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { cx } from '../../lib/cx.ts';
import { ToneIcon } from '../../ui/status.tsx';
import { sortFindings } from './findings.ts';
import css from './install.module.css';
import { t } from './text.ts';

/** What a look at a machine found: what stands in the way first, then by group; what is fine is folded. */
export function FindingsView({ report }: { report: PreflightReport }) {
  const { blocks, groups } = sortFindings(report.findings);
  return (
    <>
      {blocks.length > 0 && (
        <Card title={t('check.blocks', { n: blocks.length })}>
          <ul className={css.list} aria-label={t('check.blocks', { n: blocks.length })}>
            {blocks.map((each) => (
              <Finding key={each.id} finding={each} />
            ))}
          </ul>
        </Card>
      )}
      {groups.map(({ group, told, fine }) => (
        <Card key={group} title={t(`group.${group}`)}>
          {told.length > 0 && (
            <ul className={css.list} aria-label={t(`group.${group}`)}>
              {told.map((each) => (
                <Finding key={each.id} finding={each} />
              ))}
            </ul>
          )}
          {fine.length > 0 && (
            <details className={css.fine}>
              <summary>{t('check.fine', { n: fine.length })}</summary>
              <ul className={css.list}>
                {fine.map((each) => (
                  <Finding key={each.id} finding={each} />
                ))}
              </ul>
            </details>
          )}
        </Card>
      ))}
    </>
  );
}

function Finding({ finding }: { finding: PreflightFinding }) {
  const { id, title, status, blocks, detail, fix, commands, evidence, inPlan } = finding;
  return (
    <li className={css.finding} data-finding={id} data-status={status}>
      <span className={css.icon}>
        <ToneIcon tone={blocks ? 'problem' : status} />
      </span>
      <div className={css.words}>
        <p className={css.title}>
          {title}
          {inPlan && <span className={css.chip}>{t('check.inPlan')}</span>}
        </p>
        <p className={css.text}>{detail}</p>
        {fix && <p>{fix}</p>}
        {commands.length > 0 && <CodeBlock text={commands.join('\n')} label={`${t('check.commands')}: ${title}`} />}
        {evidence.length > 0 && (
          <details className={cx(css.evidence)}>
            <summary>
              {t('check.evidence')}
              <span className="visually-hidden">: {title}</span>
            </summary>
            <pre>{evidence.join('\n')}</pre>
          </details>
        )}
      </div>
    </li>
  );
}
