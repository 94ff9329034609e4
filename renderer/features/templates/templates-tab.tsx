import { createContext, useContext, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { TemplateRow } from '../../../main/contract/templates.ts';
import { ago } from '../../lib/format.ts';
import { target, useLive } from '../../lib/resources.ts';
import { useCall } from '../../lib/use-call.ts';
import { useNow } from '../../lib/use-now.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { useRemoval } from '../../lib/use-removal.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { BoxIcon, MoreIcon, PlusIcon, SearchIcon } from '../../ui/icons.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { Menu } from '../../ui/menu.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { TwoLines } from '../../ui/two-lines.tsx';
import css from './templates.module.css';
import { t } from './text.ts';
import { UseDialog } from './use-dialog.tsx';
import { VersionsDialog } from './versions-dialog.tsx';

type Shown = { what: 'use' | 'versions'; row: TemplateRow };
const keyOf = ({ namespace, name }: TemplateRow): string => `${namespace}/${name}`;
const nameOf = ({ title }: TemplateRow): string => title;

interface Act {
  show: (shown: Shown) => void;
  edit: (row: TemplateRow) => void;
  remove: (row: TemplateRow) => void;
}
const ActContext = createContext<Act>({ show: () => undefined, edit: () => undefined, remove: () => undefined });

function NameCell({ row }: { row: TemplateRow }): ReactNode {
  return <TwoLines strong first={row.title} second={row.description || keyOf(row)} />;
}
function WhatCell({ row }: { row: TemplateRow }): ReactNode {
  return <TwoLines first={row.kinds.join(', ')} second={t('parameters', { n: row.parameters })} />;
}
function ChangedCell({ row }: { row: TemplateRow }): ReactNode {
  return ago(row.changedAt, useNow());
}
function ActionsCell({ row }: { row: TemplateRow }): ReactNode {
  const { show, edit, remove } = useContext(ActContext);
  const offer = useOffer();
  return (
    <span className={css.actions}>
      <Button size="small" why={offer('templates.create')} onClick={() => show({ what: 'use', row })}>
        {t('use')}
      </Button>
      <Menu
        label={t('more', { name: row.title })}
        trigger={<IconButton icon={MoreIcon} label={t('more', { name: row.title })} />}
        items={[
          { label: t('edit'), why: offer('templates.save'), onSelect: () => edit(row) },
          { label: t('history'), onSelect: () => show({ what: 'versions', row }) },
          'separator',
          {
            label: t('delete'),
            danger: true,
            why: offer('templates.remove'),
            onSelect: () => remove(row),
          },
        ]}
      />
    </span>
  );
}
const columns: Column<TemplateRow>[] = [
  { id: 'name', header: t('column.name'), width: 'minmax(12rem, 2fr)', cell: (row) => <NameCell row={row} /> },
  { id: 'what', header: t('column.what'), width: 'minmax(9rem, 1fr)', hideBelow: 'medium', cell: (row) => <WhatCell row={row} /> },
  { id: 'version', header: t('column.version'), width: '5rem', cell: (row) => String(row.version) },
  { id: 'changed', header: t('column.changed'), width: '9rem', hideBelow: 'narrow', cell: (row) => <ChangedCell row={row} /> },
  { id: 'actions', header: t('column.actions'), hideHeader: true, align: 'end', width: '12rem', cell: (row) => <ActionsCell row={row} /> },
]; // prettier-ignore

/** The templates of the current target. */
export function TemplatesTab(): ReactNode {
  const { value: here } = useLive(target);
  const offer = useOffer();
  const list = useCall(['templates', here?.id], (api, signal) => api.templates.list({}, { signal }), { staleMs: 0 });
  const [search, setSearch] = useState('');
  const [shown, setShown] = useState<Shown>();
  const [, go] = useLocation();
  const close = (): void => {
    setShown(undefined);
    list.again();
  };
  const { remove } = useRemoval<TemplateRow>({
    call: async (api, { namespace, name }) => ({
      of: 'template',
      ...(await api.templates.remove({ namespace, name })),
    }),
    done: ({ title }) => t('remove.done', { name: title }),
    name: ({ title }) => title,
    onDone: list.again,
  });
  const rows = useMemo(() => {
    const words = search.toLowerCase();
    return (list.value ?? []).filter(({ title, name, description }) =>
      `${title} ${name} ${description}`.toLowerCase().includes(words),
    );
  }, [list.value, search]);
  const act = useMemo(() => ({ show: setShown, edit: (row: TemplateRow) => go(`/templates/edit/${row.namespace}/${row.name}`), remove }), [go, remove]); // prettier-ignore
  const make = (
    <Button tone="primary" icon={PlusIcon} to="/templates/new" why={offer('templates.save')}>
      {t('new')}
    </Button>
  );
  if (list.value?.length === 0)
    return (
      <EmptyState icon={BoxIcon} title={t('empty.title')} actions={make}>
        {t('empty.text')}
      </EmptyState>
    );
  if (list.problem && !list.value) return <ProblemView problem={list.problem} />;
  return (
    <>
      {list.problem && <ProblemView problem={list.problem} />}
      <div className={css.bar}>
        <SearchField label={t('search')} value={search} onChange={setSearch} shortcut />
        {make}
      </div>
      <ActContext value={act}>
        <div className={css.table}>
          <DataTable
            label={t('list')}
            rows={rows}
            keyOf={keyOf}
            columns={columns}
            rowHeight={56}
            rowLabel={nameOf}
            onOpen={(row) => setShown({ what: 'versions', row })}
            loading={list.loading}
            empty={
              <EmptyState icon={SearchIcon} title={t('none.title')}>
                {t('none.text')}
              </EmptyState>
            }
          />
        </div>
      </ActContext>
      {shown?.what === 'use' && <UseDialog row={shown.row} onClose={close} />}
      {shown?.what === 'versions' && <VersionsDialog row={shown.row} onClose={close} />}
    </>
  );
}
