import { useDeferredValue, useState } from 'react';
import { guides, helpRoute } from '../../lib/guides.ts';
import type { Guide } from '../../lib/guides.ts';
import { useCall } from '../../lib/use-call.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { SearchIcon } from '../../ui/icons.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import css from './help.module.css';
import { findPieces, readPieces } from './search.ts';
import { t } from './text.ts';

/** All guides, and a search through their texts. They are in the app and need no internet. */
export function HelpPage() {
  const [query, setQuery] = useState('');
  const asked = useDeferredValue(query).trim();
  return (
    <Page>
      <PageHeader title={t('title')} subtitle={t('subtitle')} />
      <SearchField label={t('search')} value={query} onChange={setQuery} shortcut />
      {asked.length > 1 ? (
        <Found query={asked} />
      ) : (
        <>
          <Group title={t('guides')} of={guides.filter(({ group }) => group === 'guides')} />
          <Group title={t('reference')} of={guides.filter(({ group }) => group === 'reference')} />
        </>
      )}
    </Page>
  );
}

function Found({ query }: { query: string }) {
  const { value, loading } = useCall(['guides'], readPieces, { staleMs: Infinity });
  if (loading) return <Skeleton height="line" count={6} />;
  const found = findPieces(value ?? [], query);
  if (found.length === 0)
    return (
      <EmptyState icon={SearchIcon} title={t('nothing')}>
        {t(value ? 'nothing.text' : 'failed.text')}
      </EmptyState>
    );
  return (
    <section className={css.group}>
      <h2 className={css.name}>
        <span role="status">{t('found', { n: found.length })}</span>
      </h2>
      <ul className={css.found} lang="en">
        {found.map(({ guide, title, heading, anchor, text }) => (
          <li key={`${guide} ${anchor ?? ''} ${text}`} className={css.guide}>
            <a className={css.link} href={`#${helpRoute(guide, anchor)}`}>
              {heading === undefined ? title : `${title}: ${heading}`}
            </a>
            {text !== '' && <p className={css.about}>{text.length > 240 ? `${text.slice(0, 239)}…` : text}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Group({ title, of }: { title: string; of: readonly Guide[] }) {
  return (
    <section className={css.group}>
      <h2 className={css.name}>{title}</h2>
      <ul className={css.guides} lang="en">
        {of.map((guide) => (
          <li key={guide.name} className={css.guide}>
            <a className={css.link} href={`#${helpRoute(guide.name)}`}>
              {guide.title}
            </a>
            <p className={css.about}>{guide.about}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
