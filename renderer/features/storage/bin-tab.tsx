import { createContext, useContext, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { BinEntry } from '../../../main/contract/bin.ts';
import { bytes, coarse, dateTime } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { RestartIcon, TrashIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { TwoLines } from '../../ui/two-lines.tsx';
import { EmptyDialog, PurgeDialog, RestoreDialog } from './bin-dialogs.tsx';
import css from './storage.module.css';
import { t } from './text.ts';
import { useBin } from './use-storage.ts';

type Asked = { what: 'restore' | 'purge'; entry: BinEntry };
const Asking = createContext<(asked: Asked) => void>(() => undefined);

function What({ entry }: { entry: BinEntry }): ReactNode {
  const second = [
    t(`bin.kind.${entry.kind}`),
    entry.namespace !== 'default' && entry.namespace,
    entry.state !== 'kept' && t(`bin.${entry.state}`),
    entry.disks.some(({ gone }) => gone) && t('bin.gone'),
  ].filter(Boolean);
  return <TwoLines strong first={entry.name} second={second.join(' · ')} />;
}
function When({ at }: { at: string }): ReactNode {
  const now = useNow();
  return <span title={dateTime(at)}>{t('bin.ago', { time: coarse((now - Date.parse(at)) / 1000) })}</span>;
}
function Until({ at }: { at: string }): ReactNode {
  const left = (Date.parse(at) - useNow()) / 1000;
  return <span title={dateTime(at)}>{left > 0 ? t('bin.left', { time: coarse(left) }) : t('bin.due')}</span>;
}
function Actions({ entry }: { entry: BinEntry }): ReactNode {
  const ask = useContext(Asking);
  const offer = useOffer();
  const busy = entry.state === 'deleting' ? t('bin.busy') : undefined;
  return (
    <span className={css.actions}>
      <IconButton icon={RestartIcon} label={`${t('bin.restore')} ${entry.name}`} why={offer('bin.restore') ?? busy} onClick={() => ask({ what: 'restore', entry })} />
      <IconButton icon={TrashIcon} label={`${t('bin.purge')} ${entry.name}`} why={offer('bin.purge') ?? (entry.state === 'kept' ? undefined : t(`bin.${entry.state}`))} onClick={() => ask({ what: 'purge', entry })} />
    </span>
  ); // prettier-ignore
}
const columns: Column<BinEntry>[] = [
  { id: 'what', header: t('bin.column.what'), width: 'minmax(12rem, 2fr)', cell: (entry) => <What entry={entry} /> },
  { id: 'when', header: t('bin.column.when'), width: '9rem', hideBelow: 'narrow', cell: (entry) => <When at={entry.deletedAt} /> },
  { id: 'until', header: t('bin.column.until'), width: '9rem', cell: (entry) => <Until at={entry.until} /> },
  { id: 'held', header: t('bin.column.held'), width: '7rem', compare: (a, b) => a.held - b.held, cell: (entry) => bytes(entry.held) },
  { id: 'actions', header: t('column.actions'), hideHeader: true, align: 'end', width: '6rem', cell: (entry) => <Actions entry={entry} /> },
]; // prettier-ignore
const keyOf = (entry: BinEntry): string => entry.id;
const nameOf = (entry: BinEntry): string => entry.name;

/** What was deleted, with the space it holds and how long it stays. */
export function BinTab(): ReactNode {
  const { value, state, problem } = useBin();
  const [asked, setAsked] = useState<Asked>();
  const [emptying, setEmptying] = useState(false);
  const offer = useOffer();
  const entries = useMemo(() => value?.entries ?? [], [value]);
  const close = (): void => setAsked(undefined);
  return (
    <Asking value={setAsked}>
      <div className={css.bar}>
        <p className={css.grow}>
          {t('bin.text')} {value && entries.length > 0 && <strong>{t('bin.held', { size: bytes(value.held) })}</strong>}
        </p>
        {entries.length > 0 && (
          <Button tone="danger" why={offer('bin.empty')} onClick={() => setEmptying(true)}>
            {t('bin.empty')}
          </Button>
        )}
      </div>
      {(value?.problem ?? problem) && <ProblemView problem={(value?.problem ?? problem)!} compact />}
      <div className={css.table}>
        <DataTable
          label={t('tab.bin')}
          rows={entries}
          keyOf={keyOf}
          rowLabel={nameOf}
          columns={columns}
          rowHeight={52}
          loading={state === 'loading'}
          empty={
            (value ?? !problem) && (
              <EmptyState icon={TrashIcon} title={t('bin.none.title')}>
                {t('bin.none.text')}
              </EmptyState>
            )
          }
        />
      </div>
      {asked?.what === 'restore' && <RestoreDialog entry={asked.entry} onClose={close} />}
      {asked?.what === 'purge' && <PurgeDialog entry={asked.entry} onClose={close} />}
      {emptying && <EmptyDialog n={entries.length} held={value?.held ?? 0} onClose={() => setEmptying(false)} />}
    </Asking>
  );
}
