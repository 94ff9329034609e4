import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { Api } from '../../../main/contract/contract.ts';
import type { YamlFinding } from '../../../main/contract/machine.ts';
import { useAction } from '../../lib/use-call.ts';
import { useFindings } from '../../lib/use-findings.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { CodeEditor } from '../../ui/code-editor.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Findings } from '../../ui/findings.tsx';
import { toast } from '../../ui/toast.tsx';
import { DiffView } from './diff-view.tsx';
import { diffLines } from './diff.ts';

import css from './machine.module.css';
import { t } from './text.ts';

interface Props {
  name: string;
  /** The manifest as the target has it now. */
  yaml: string;
  /** Why it cannot be applied. */
  lack: string | undefined;
  /** Whether it may be checked while one types. */
  checks: boolean;
  check: (api: Api, yaml: string, signal: AbortSignal) => Promise<YamlFinding[]>;
  apply: (api: Api, yaml: string) => Promise<unknown>;
  /** What it is, where it is no machine. */
  intro?: string;
  /** What is said beside that it was applied. */
  note: string | undefined;
}

/** Edit, see what would change, apply. */
export function YamlEditor({
  name,
  yaml,
  lack,
  checks,
  check,
  apply: applyTo,
  intro = t('yaml.intro'),
  note,
}: Props): ReactNode {
  // What was edited, and the definition it began from; undefined while nothing was typed: then it follows the target.
  const [edit, setEdit] = useState<{ base: string; text: string }>();
  const [reviewing, setReviewing] = useState(false);
  // A new number makes a new editor: CodeMirror keeps its own history otherwise.
  const [version, setVersion] = useState(0);
  const text = edit?.text ?? yaml;
  const changed = edit !== undefined && edit.text !== edit.base;
  const { findings, problem, checking } = useFindings(text, changed && checks, check);
  const errors = findings.filter((finding) => finding.severity === 'error').length;
  const diff = useMemo(() => (reviewing ? diffLines(yaml, text) : []), [reviewing, yaml, text]);
  const apply = useAction(applyTo, {
    onDone: () => {
      toast({ title: t('yaml.applied'), detail: note });
      reset();
    },
  });
  const reset = (): void => {
    setEdit(undefined);
    setReviewing(false);
    apply.reset();
    setVersion((now) => now + 1);
  };
  const failure = apply.problem ?? problem;
  const why = lack ?? (!changed ? t('yaml.same') : errors > 0 ? t('yaml.errors', { n: errors }) : undefined);

  return (
    <div className={css.yaml}>
      <div className={css.yamlBar}>
        <p className={css.muted}>{reviewing ? t('yaml.diff') : intro}</p>
        <div className={css.buttons}>
          {changed && (
            <Button tone="quiet" onClick={reset}>
              {t('yaml.revert')}
            </Button>
          )}
          {reviewing ? (
            <>
              <Button onClick={() => setReviewing(false)}>{t('yaml.back')}</Button>
              <Button tone="primary" busy={apply.busy} why={why} onClick={() => void apply.run(text)}>
                {t('yaml.apply')}
              </Button>
            </>
          ) : (
            <Button tone="primary" why={why} busy={checking} onClick={() => setReviewing(true)}>
              {t('yaml.review')}
            </Button>
          )}
        </div>
      </div>
      {changed && edit.base !== yaml && (
        <Banner
          tone="warning"
          title={t('yaml.changed')}
          actions={
            <Button size="small" onClick={reset}>
              {t('yaml.changed.take')}
            </Button>
          }
        />
      )}
      {failure && <ProblemView problem={failure} compact />}
      {!reviewing && <Findings findings={findings} />}
      {reviewing ? (
        <DiffView lines={diff} />
      ) : (
        <CodeEditor
          key={version}
          label={t('yaml.label', { name })}
          value={text}
          onChange={(typed) => setEdit((now) => ({ base: now?.base ?? yaml, text: typed }))}
          findings={findings}
          height="fill"
        />
      )}
    </div>
  );
}
