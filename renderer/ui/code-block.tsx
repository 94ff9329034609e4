import css from './code-block.module.css';
import { CopyButton } from './copy-button.tsx';
import { t } from './text.ts';

/** A command or a text to be copied. */
export function CodeBlock({ text, label = t('copy.text') }: { text: string; label?: string | undefined }) {
  return (
    <div className={css.block}>
      {/* oxlint-disable-next-line no-noninteractive-tabindex -- a scrollable region must be reachable by keyboard */}
      <pre className={css.text} tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
      <CopyButton text={text} />
    </div>
  );
}
