import type { ReactNode } from 'react';
import type { YamlFinding } from '../../../main/contract/machine.ts';
import { ToneIcon } from '../../ui/status.tsx';
import css from './machine.module.css';
import { t } from './text.ts';

/** What was found in a text, in words: the editor's underlines alone cannot be heard. */
export function Findings({ findings }: { findings: readonly YamlFinding[] }): ReactNode {
  if (findings.length === 0) return null;
  return (
    <ul className={css.findings} aria-label={t('yaml.findings')} role="status">
      {findings.slice(0, 20).map((finding) => (
        <li key={`${finding.line}:${finding.column} ${finding.message}`} className={css.finding}>
          <ToneIcon tone={finding.severity === 'error' ? 'problem' : 'warning'} />
          <span className={css.at}>{t('yaml.at', { line: finding.line })}</span>
          <span className={css.wrap}>{finding.message}</span>
        </li>
      ))}
    </ul>
  );
}
