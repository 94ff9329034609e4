import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { Snippet } from '../../../main/contract/cloud-init.ts';
import { useList } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { useRemoval } from '../../lib/use-removal.ts';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { DownloadIcon, PlusIcon, UploadIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import css from './cloud-init.module.css';
import { snippets } from './resources.ts';
import { SnippetEditor } from './snippet-editor.tsx';
import { snippetFile, readSnippetFile } from './snippet-file.ts';
import { t } from './text.ts';

/** The library of pieces of cloud-config: a tab of the templates. */
export function SnippetsLibrary(): ReactNode {
  const { items, state, problem } = useList(snippets);
  const [query, setQuery] = useState('');
  const [editing, setEditing] = useState<Partial<Snippet>>();
  const file = useRef<HTMLInputElement>(null);
  const save = useAction(
    (api, each: { id: string; title: string; description: string; text: string }) => api.cloudInit.saveSnippet(each),
    { onDone: (_, { title }) => toast({ title: t('snippets.saved', { title }) }), onProblem: toastProblem },
  );
  const shown = items
    .filter(({ title, description }) => `${title} ${description}`.toLowerCase().includes(query.trim().toLowerCase()))
    .sort((a, b) => Number(a.builtIn) - Number(b.builtIn) || a.title.localeCompare(b.title));
  const take = async (picked: FileList | null): Promise<void> => {
    for (const each of picked ?? []) {
      const snippet = readSnippetFile(each.name, await each.text());
      // What is named like a built-in one is taken in under a name of its own.
      const id = items.some((known) => known.builtIn && known.id === snippet.id) ? `my-${snippet.id}`.slice(0, 63) : snippet.id; // prettier-ignore
      await save.run({ ...snippet, id });
    }
    if (file.current) file.current.value = '';
  };
  return (
    <div className={css.editor}>
      <div className={css.between}>
        <SearchField
          label={t('snippets.search')}
          value={query}
          onChange={setQuery}
          placeholder={t('snippets.search')}
          shortcut
        />
        <div className={css.buttons}>
          <input
            ref={file}
            type="file"
            accept=".yaml,.yml,.cfg"
            multiple
            hidden
            aria-label={t('snippets.import')}
            onChange={(event) => void take(event.target.files)}
          />{' '}
          {/* prettier-ignore */}
          <Button icon={UploadIcon} busy={save.busy} onClick={() => file.current?.click()}>
            {t('snippets.import')}
          </Button>
          <Button tone="primary" icon={PlusIcon} onClick={() => setEditing({ text: '#cloud-config\n' })}>
            {t('snippets.new')}
          </Button>
        </div>
      </div>
      {problem && state !== 'live' && <ProblemView problem={problem} compact />}
      {state === 'loading' ? (
        <Skeleton height="block" count={3} />
      ) : shown.length === 0 ? (
        <EmptyState title={t('snippets.nothing')} />
      ) : (
        <ul className={`${css.snippets} ${css.lines}`} aria-label={t('snippets.title')}>
          {shown.map((snippet) => (
            <Tile key={snippet.id} snippet={snippet} onEdit={setEditing} />
          ))}
        </ul>
      )}
      {editing && (
        <SnippetEditor
          key={editing.id ?? 'new'}
          snippet={editing}
          taken={items.map(({ id }) => id)}
          onClose={() => setEditing(undefined)}
        />
      )}{' '}
      {/* prettier-ignore */}
    </div>
  );
}

function Tile({ snippet, onEdit }: { snippet: Snippet; onEdit: (snippet: Partial<Snippet>) => void }): ReactNode {
  const [showing, setShowing] = useState(false);
  const { remove, busy } = useRemoval<Snippet>({
    call: async (api, { id }) => ({ of: 'snippet', ...(await api.cloudInit.removeSnippet({ id })) }),
    done: ({ title }) => t('snippets.deleted', { title }),
    name: ({ title }) => title,
  });
  const copy = (): void => onEdit({ title: t('snippets.copyOf', { title: snippet.title }), description: snippet.description, text: snippet.text }); // prettier-ignore
  return (
    <li className={css.snippet}>
      <span className={css.snippetTitle}>{snippet.title}</span>
      <p className={`${css.note} ${css.grow}`}>{snippet.description || t('snippets.noDescription')}</p>
      <div className={css.between}>
        <span className={css.note}>{t(snippet.builtIn ? 'snippets.builtIn' : 'snippets.own')}</span>
        <div className={css.tools}>
          <Button size="small" tone="quiet" onClick={() => setShowing(true)}>
            {t('snippets.show')}
          </Button>
          {snippet.builtIn ? (
            <Button size="small" tone="quiet" onClick={copy}>
              {t('snippets.copy')}
            </Button>
          ) : (
            <>
              <Button size="small" tone="quiet" onClick={() => onEdit(snippet)}>
                {t('snippets.edit')}
              </Button>
              <Button size="small" tone="quiet" busy={busy} onClick={() => remove(snippet)}>
                {t('snippets.delete')}
              </Button>
            </>
          )}
        </div>
      </div>
      <Dialog
        open={showing}
        onClose={() => setShowing(false)}
        title={snippet.title}
        description={snippet.description}
        size="large"
        footer={
          <Button icon={DownloadIcon} onClick={() => download(snippet)}>
            {t('snippets.export')}
          </Button>
        }
      >
        {' '}
        {/* prettier-ignore */}
        <CodeBlock text={snippet.text} label={snippet.title} />
      </Dialog>
    </li>
  );
}

function download(snippet: Snippet): void {
  const url = URL.createObjectURL(new Blob([snippetFile(snippet)], { type: 'application/yaml' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${snippet.id}.yaml`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
