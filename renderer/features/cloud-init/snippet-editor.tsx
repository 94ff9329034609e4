import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Snippet } from '../../../main/contract/cloud-init.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { CodeEditor } from '../../ui/code-editor.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Findings } from '../../ui/findings.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { freeName, slug } from '../create/suggest.ts';
import css from './cloud-init.module.css';
import { fillIn } from './merge.ts';
import { t } from './text.ts';
import { useCheck } from './use-check.ts';

/** Makes or changes a snippet. Its id comes of its title once and then stays. */
export function SnippetEditor({
  snippet,
  taken,
  onClose,
}: {
  snippet: Partial<Snippet>;
  taken: readonly string[];
  onClose: () => void;
}): ReactNode {
  // prettier-ignore
  const [title, setTitle] = useState(snippet.title ?? '');
  const [description, setDescription] = useState(snippet.description ?? '');
  const [text, setText] = useState(snippet.text ?? '#cloud-config\n');
  // What is asked for stands for some value while it is checked.
  const asked = Object.fromEntries([...text.matchAll(/\$\{([A-Z][A-Z0-9_]*)\}/g)].map((match) => [match[1] ?? '', '1'])); // prettier-ignore
  const { check, checking } = useCheck(fillIn(text, asked), '', { namespace: 'default' });
  const save = useAction((api, id: string) => api.cloudInit.saveSnippet({ id, title: title.trim(), description, text }), { onDone: onClose }); // prettier-ignore
  const errors = check?.userData.some(({ severity }) => severity === 'error') ?? false;
  const why = !title.trim() ? t('snippets.titleMissing') : checking ? t('save.checking') : errors ? t('snippets.wrong') : undefined; // prettier-ignore
  const id = snippet.id ?? freeName(slug(title) || 'snippet', new Set(taken));
  return (
    <Dialog
      open
      onClose={onClose}
      size="large"
      title={t(snippet.id ? 'snippets.edit' : 'snippets.new')}
      footer={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button tone="primary" busy={save.busy} why={why} onClick={() => void save.run(id)}>
            {t('save')}
          </Button>
        </>
      }
    >
      <div className={css.editor}>
        <div className={css.pair}>
          <TextField label={t('snippets.titleField')} value={title} onChange={setTitle} maxLength={100} />
          <TextField
            label={t('snippets.description')}
            optional
            value={description}
            onChange={setDescription}
            maxLength={500}
          />
        </div>
        <CodeEditor
          label={t('snippets.text')}
          value={text}
          onChange={setText}
          findings={check?.userData ?? []}
          height="medium"
        />
        <p className={css.note}>{t('snippets.asksHint')}</p>
        <Findings findings={check?.userData ?? []} />
        {save.problem && <ProblemView problem={save.problem} compact />}
      </div>
    </Dialog>
  );
}
