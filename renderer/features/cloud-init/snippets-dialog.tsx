import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Snippet } from '../../../main/contract/cloud-init.ts';
import { useList } from '../../lib/resources.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './cloud-init.module.css';
import { fillIn, mergeSnippet } from './merge.ts';
import type { Choices } from './merge.ts';
import { snippets } from './resources.ts';
import { t } from './text.ts';

interface Props {
  open: boolean;
  onClose: () => void;
  text: string;
  onMerged: (text: string) => void;
}

/** Chooses a snippet, asks what it asks for, shows where it and the text do not agree, and puts it in. */
export function SnippetsDialog({ open, onClose, text, onMerged }: Props): ReactNode {
  const [chosen, setChosen] = useState<Snippet>();
  const close = (): void => {
    setChosen(undefined);
    onClose();
  };
  return (
    <Dialog open={open} onClose={close} title={chosen ? chosen.title : t('snippets.add')} size="large">
      {chosen ? (
        <PutIn
          key={chosen.id}
          snippet={chosen}
          text={text}
          onBack={() => setChosen(undefined)}
          onMerged={(merged) => {
            onMerged(merged);
            close();
          }}
        />
      ) : (
        <Choose onChoose={setChosen} />
      )}
    </Dialog>
  );
}

function Choose({ onChoose }: { onChoose: (snippet: Snippet) => void }): ReactNode {
  const { items } = useList(snippets);
  const [query, setQuery] = useState('');
  const shown = items.filter(({ title, description }) => `${title} ${description}`.toLowerCase().includes(query.trim().toLowerCase())); // prettier-ignore
  return (
    <div className={css.part}>
      <SearchField label={t('snippets.search')} value={query} onChange={setQuery} placeholder={t('snippets.search')} />
      <ul className={css.lines}>
        {shown.map((snippet) => (
          <li key={snippet.id} className={css.snippet}>
            <div className={css.between}>
              <span className={css.snippetTitle}>{snippet.title}</span>
              <Button size="small" onClick={() => onChoose(snippet)}>
                {t('snippets.choose')}
              </Button>
            </div>
            <p className={css.note}>{snippet.description}</p>
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p className={css.note}>{t('snippets.nothing')}</p>}
    </div>
  );
}

function PutIn({
  snippet,
  text,
  onBack,
  onMerged,
}: {
  snippet: Snippet;
  text: string;
  onBack: () => void;
  onMerged: (text: string) => void;
}): ReactNode {
  // prettier-ignore
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(snippet.asks.map(({ name, value }) => [name, value])),
  );
  const [choices, setChoices] = useState<Choices>({});
  const missing = snippet.asks.find(({ name }) => !values[name]?.trim());
  const merged = mergeSnippet(text, fillIn(snippet.text, values), choices);
  const why = missing ? t('snippets.missing', { label: missing.label }) : merged ? undefined : t('form.unreadable');
  return (
    <div className={css.part}>
      <p className={css.note}>{snippet.description}</p>
      {snippet.asks.map(
        ({ name, label }) =>
        <TextField key={name} label={label} mono value={values[name] ?? ''} onChange={(value) => setValues({ ...values, [name]: value.trim() })} />, // prettier-ignore
      )}
      {merged?.conflicts.map(({ path, mine, theirs }) => (
        <RadioCards
          key={path}
          label={t('snippets.conflict', { path })}
          columns={2}
          value={choices[path] ?? 'mine'}
          onChange={(choice) => setChoices({ ...choices, [path]: choice })}
          options={[
            { value: 'mine' as const, title: t('snippets.mine'), detail: mine },
            { value: 'theirs' as const, title: t('snippets.theirs'), detail: theirs },
          ]}
        />
      ))}
      <div className={css.between}>
        <Button tone="quiet" onClick={onBack}>
          {t('snippets.back')}
        </Button>
        <Button tone="primary" why={why} onClick={() => merged && onMerged(merged.text)}>
          {t('snippets.putIn')}
        </Button>
      </div>
    </div>
  );
}
