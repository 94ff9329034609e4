import { useState } from 'react';
import type { ReactNode } from 'react';
import { labs, useList } from '../../../lib/resources.ts';
import { useAction, useCall } from '../../../lib/use-call.ts';
import { useFindings } from '../../../lib/use-findings.ts';
import { Button } from '../../../ui/button.tsx';
import { CodeEditor } from '../../../ui/code-editor.tsx';
import { Findings } from '../../../ui/findings.tsx';
import { CheckIcon, CopyIcon } from '../../../ui/icons.tsx';
import { PageHeader } from '../../../ui/page-header.tsx';
import { Page } from '../../../ui/page.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { ReviewDialog } from '../import/review-dialog.tsx';
import { t } from '../text.ts';
import css from './file.module.css';
import { renamed, template } from './template.ts';

/** The file of a lab, with what is wrong in it; `name` undefined: one that is begun here. */
export function FilePage({ name }: { name: string | undefined }): ReactNode {
  const row = useList(labs).rows.get(name ?? '');
  const file = useCall(['lab-file', name, row?.version], (api) => api.labs.text({ lab: name ?? '' }), {
    enabled: name !== undefined,
    staleMs: 0,
  });
  const [copy, setCopy] = useState(false);
  const text = name === undefined ? template : copy && file.value ? renamed(file.value.text) : file.value?.text;
  const writes = name === undefined || copy || row?.origin === 'own';
  const title =
    name === undefined ? t('new.title') : t(copy ? 'copy.title' : 'file.title', { title: row?.title ?? name });
  const back =
    name === undefined ? { to: '/labs', label: t('title') } : { to: `/labs/${name}`, label: row?.title ?? name };
  if (text === undefined)
    return (
      <Page>
        <PageHeader title={title} back={back} />
        {file.problem ? <ProblemView problem={file.problem} /> : <Skeleton height="block" />}
      </Page>
    );
  return (
    <Editor
      // Another text is another editor: CodeMirror keeps its own.
      key={`${name ?? ''} ${String(copy)} ${String(writes)}`}
      title={title}
      back={back}
      text={text}
      writes={writes}
      onCopy={() => setCopy(true)}
    />
  );
}

interface Props {
  title: string;
  back: { to: string; label: string };
  text: string;
  writes: boolean;
  onCopy: () => void;
}

function Editor({ title, back, text: first, writes, onCopy }: Props): ReactNode {
  const [text, setText] = useState(first);
  const { findings, problem, checking } = useFindings(text, true, async (api, of, signal) => {
    const found = await api.labs.validate({ text: of }, { signal });
    return found.findings;
  });
  const look = useAction((api, of: string) => api.labs.import({ text: of }));
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const why = checking ? t('file.checking') : errors > 0 ? t('keep.why', { n: errors }) : undefined;
  return (
    <Page fill>
      <PageHeader
        title={title}
        subtitle={t(writes ? 'file.text' : 'file.readOnly')}
        back={back}
        actions={
          writes ? (
            <Button tone="primary" icon={CheckIcon} busy={look.busy} why={why} onClick={() => void look.run(text)}>
              {t('file.save')}
            </Button>
          ) : (
            <Button icon={CopyIcon} onClick={onCopy}>
              {t('file.copy')}
            </Button>
          )
        }
      />
      {(look.problem ?? problem) && <ProblemView problem={(look.problem ?? problem)!} compact />}
      <div className={css.columns}>
        <CodeEditor
          label={title}
          value={first}
          onChange={writes ? setText : undefined}
          readOnly={!writes}
          findings={[...findings]}
          wraps
          height="fill"
        />
        {/* oxlint-disable-next-line no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
        <section className={css.findings} aria-label={t('file.findings')} tabIndex={0}>
          <h2 className={css.heading}>{t('file.findings')}</h2>
          <Findings findings={findings} />
          {findings.length === 0 && !problem && (
            <p className={css.muted}>{t(checking ? 'file.checking' : 'file.right')}</p>
          )}
        </section>
      </div>
      {look.value && <ReviewDialog found={look.value} onClose={look.reset} />}
    </Page>
  );
}
