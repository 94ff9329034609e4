import { useState } from 'react';
import type { ReactNode } from 'react';
import type { LabRow } from '../../../../main/contract/labs/run.ts';
import { ago } from '../../../lib/format.ts';
import { labs, useList } from '../../../lib/resources.ts';
import { useStored } from '../../../lib/storage.ts';
import { useNow } from '../../../lib/use-now.ts';
import { Announce } from '../../../ui/announce.tsx';
import { Banner } from '../../../ui/banner.tsx';
import { Button } from '../../../ui/button.tsx';
import { EmptyState } from '../../../ui/empty-state.tsx';
import { DownloadIcon, LearnIcon, PlusIcon, RecordIcon, SearchIcon, UserIcon } from '../../../ui/icons.tsx';
import { PageHeader } from '../../../ui/page-header.tsx';
import { Page } from '../../../ui/page.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { SearchField } from '../../../ui/search-field.tsx';
import { Select } from '../../../ui/select.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { ImportDialog } from '../import/import-dialog.tsx';
import { t } from '../text.ts';
import { fits, levelsOf } from './filter.ts';
import type { Show } from './filter.ts';
import { BrokenLab } from './broken-lab.tsx';
import { LabCard } from './lab-card.tsx';
import css from './library.module.css';
import { useMay } from '../../../lib/use-may.ts';

const shows: readonly Show[] = ['all', 'todo', 'done', 'here'];
const origins = ['development', 'shipped', 'own'] as const;

/** Every lab there is: what it teaches, what it takes, how far one came. `file`: of this computer, to be looked at first. */
export function LibraryPage({ file }: { file?: string | undefined }): ReactNode {
  const may = useMay();
  const list = useList(labs);
  const now = useNow();
  const [query, setQuery] = useState('');
  const [level, setLevel] = useStored('labs.level', '');
  const [show, setShow] = useStored<Show>('labs.show', 'all');
  const [importing, setImporting] = useState(file !== undefined);
  const levels = levelsOf(list.items);
  // A level that is gone with its last lab must not hide the others.
  const wanted = { query, level: levels.includes(level) ? level : '', show };
  const shown = list.items.filter((row) => fits(row, wanted));
  const running = shown.filter((row) => row.running !== undefined);
  const rest = shown.filter((row) => row.running === undefined);
  const groups = origins
    .map((origin) => ({ origin, rows: rest.filter((row) => row.origin === origin) }))
    .filter(({ rows }) => rows.length > 0);
  const none = list.state !== 'loading' && list.items.length === 0 && !list.problem;
  const clear = (): void => {
    setQuery('');
    setLevel('');
    setShow('all');
  };
  return (
    <Page>
      <PageHeader
        title={t('title')}
        subtitle={t('subtitle')}
        actions={
          <>
            <Button icon={UserIcon} why={may('classroom.held')} to="/labs/-/class">
              {t('class')}
            </Button>
            <Button icon={RecordIcon} to="/recordings">
              {t('recordings')}
            </Button>
            <Button icon={DownloadIcon} why={may('labs.import')} onClick={() => setImporting(true)}>
              {t('import')}
            </Button>
            <Button icon={PlusIcon} why={may('labs.validate')} to="/labs/-/new">
              {t('new')}
            </Button>
          </>
        }
      />
      {list.state === 'stale' && <Banner tone="warning" title={t('stale', { ago: ago(list.since, now) })} />}
      {list.problem && list.items.length === 0 && <ProblemView problem={list.problem} />}
      {list.state === 'loading' && <Skeleton height="block" count={3} />}
      {none && (
        <EmptyState icon={LearnIcon} title={t('empty.title')}>
          {t('empty.text')}
        </EmptyState>
      )}
      {list.items.length > 0 && (
        <div className={css.toolbar}>
          <SearchField label={t('search')} value={query} onChange={setQuery} shortcut />
          <Select
            hideLabel
            label={t('level')}
            value={wanted.level}
            onChange={setLevel}
            options={[{ value: '', label: t('level.all') }, ...levels.map((each) => ({ value: each, label: each.charAt(0).toUpperCase() + each.slice(1) }))]}
          />
          <Select
            hideLabel
            label={t('show')}
            value={show}
            onChange={(next) => setShow(shows.find((each) => each === next) ?? 'all')}
            options={shows.map((each) => ({ value: each, label: t(`show.${each}`) }))}
          />
          <Announce text={query === '' ? '' : t('found', { n: shown.length })} pace={1_000} />
        </div>
      )}
      {list.items.length > 0 && shown.length === 0 && (
        <EmptyState icon={SearchIcon} title={t('nothing')} actions={<Button onClick={clear}>{t('clear')}</Button>}>
          {t('nothing.text')}
        </EmptyState>
      )}
      {running.length > 0 && <Group title={t('group.running')} rows={running} />}
      {groups.map(({ origin, rows }) => (
        <Group key={origin} title={t(`group.${origin}`)} rows={rows} />
      ))}
      {importing && <ImportDialog file={file} onClose={() => setImporting(false)} />}
    </Page>
  );
} // prettier-ignore

function Group({ title, rows }: { title: string; rows: readonly LabRow[] }): ReactNode {
  return (
    <section className={css.group} aria-label={title}>
      <h2 className={css.groupTitle}>
        {title} <span className={css.count}>{rows.length}</span>
      </h2>
      <ul className={css.cards}>
        {rows.map((row) =>
          row.problem ? <BrokenLab key={row.name} row={row} /> : <LabCard key={row.name} row={row} />,
        )}
      </ul>
    </section>
  );
}
