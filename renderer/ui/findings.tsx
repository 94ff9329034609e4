import type { YamlFinding } from '../../main/contract/machine.ts';
import css from './findings.module.css';
import { ToneIcon } from './status.tsx';
import { t } from './text.ts';

/** What was found in a text, in words: an editor's underlines alone cannot be heard. */
export function Findings({ findings }: { findings: readonly YamlFinding[] }) {
  if (findings.length === 0) return null;
  return (
    <ul className={css.findings} aria-label={t('findings')} aria-live="polite">
      {findings.slice(0, 20).map((finding) => (
        <li key={`${finding.line}:${finding.column} ${finding.message}`} className={css.finding}>
          <ToneIcon tone={finding.severity === 'error' ? 'problem' : 'warning'} />
          <span className={css.at}>Line {finding.line}</span>
          <span className={css.message}>{finding.message}</span>
        </li>
      ))}
    </ul>
  );
}
