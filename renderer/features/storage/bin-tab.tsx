import { createContext, useContext, useState } from 'react';
import type { ReactNode } from 'react';
import { bytes, coarse, dateTime } from '../../lib/format.ts';
import { useAction } from '../../lib/use-call.ts';
import { useMay } from '../../lib/use-may.ts';
import { useNow } from '../../lib/use-now.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { RestartIcon, TrashIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { TwoLines } from '../../ui/two-lines.tsx';
import { EmptyDialog, PurgeDialog, RestoreDialog } from './bin-dialogs.tsx';
import css from './storage.module.css';
import { t } from './text.ts';
import { useBin } from './use-storage.ts';
import type { Binned } from './use-storage.ts';

type Asked = { what: 'restore' | 'purge'; entry: Binned };
const Asking = createContext<(asked: Asked) => void>(() => undefined);

function What({ entry }: { entry: Binned }): ReactNode {
  const second = [
    t(`bin.kind.${entry.kind}`),
    entry.namespace !== '' && entry.namespace !== 'default' && entry.namespace,
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
/** What comes back as it was is put back at once; a machine or network may need another name. */
const isAsked = ({ kind }: Binned): boolean => kind === 'machine' || kind === 'network';
function Actions({ entry }: { entry: Binned }): ReactNode {
  const ask = useContext(Asking);
  const offer = useOffer();
  const may = useMay();
  const back = useAction<Binned, unknown>((api, { id, kind, namespace }) => (kind === 'lab' ? api.labs.restore({ id }) : api.bin.restore({ id, namespace })), {
    onDone: () => toast({ title: t('restored', { name: entry.name }) }),
    onProblem: toastProblem,
  });
  const busy = entry.state === 'deleting' ? t('bin.busy') : undefined;
  const why = entry.kind === 'lab' ? { restore: may('labs.restore'), purge: may('labs.purge') } : { restore: offer('bin.restore'), purge: offer('bin.purge') };
  return (
    <span className={css.actions}>
      <IconButton
        icon={RestartIcon}
        label={`${t(isAsked(entry) ? 'bin.restore' : 'restore.confirm')} ${entry.name}`}
        busy={back.busy}
        why={why.restore ?? busy}
        onClick={() => (isAsked(entry) ? ask({ what: 'restore', entry }) : void back.run(entry))}
      />
      <IconButton icon={TrashIcon} label={`${t('bin.purge')} ${entry.name}`} why={why.purge ?? (entry.state === 'kept' ? undefined : t(`bin.${entry.state}`))} onClick={() => ask({ what: 'purge', entry })} />
    </span>
  );
} // prettier-ignore
const columns: Column<Binned>[] = [
  { id: 'what', header: t('bin.column.what'), width: 'minmax(12rem, 2fr)', cell: (entry) => <What entry={entry} /> },
  { id: 'when', header: t('bin.column.when'), width: '9rem', hideBelow: 'narrow', cell: (entry) => <When at={entry.deletedAt} /> },
  { id: 'by', header: t('bin.column.by'), width: 'minmax(5rem, 8rem)', hideBelow: 'medium', cell: ({ by }) => by ?? '–' },
  { id: 'until', header: t('bin.column.until'), width: '9rem', cell: (entry) => <Until at={entry.until} /> },
  { id: 'held', header: t('bin.column.held'), width: '7rem', compare: (a, b) => a.held - b.held, cell: ({ held }) => (held > 0 ? bytes(held) : '–') },
  { id: 'actions', header: t('column.actions'), hideHeader: true, align: 'end', width: '6rem', cell: (entry) => <Actions entry={entry} /> },
]; // prettier-ignore
const keyOf = (entry: Binned): string => entry.id;
const nameOf = (entry: Binned): string => entry.name;

/** What was deleted, with the space it holds and how long it stays. */
export function BinTab(): ReactNode {
  const { entries, held, loading, known, problem } = useBin();
  const [asked, setAsked] = useState<Asked>();
  const [emptying, setEmptying] = useState(false);
  const offer = useOffer();
  const close = (): void => setAsked(undefined);
  return (
    <Asking value={setAsked}>
      <div className={css.bar}>
        <p className={css.grow}>
          {t('bin.text')} {held > 0 && <strong>{t('bin.held', { size: bytes(held) })}</strong>}
        </p>
        {entries.length > 0 && (
          <Button tone="danger" why={offer('bin.empty')} onClick={() => setEmptying(true)}>
            {t('bin.empty')}
          </Button>
        )}
      </div>
      {problem && <ProblemView problem={problem} compact />}
      <div className={css.table}>
        <DataTable
          label={t('tab.bin')}
          rows={entries}
          keyOf={keyOf}
          rowLabel={nameOf}
          columns={columns}
          rowHeight={52}
          loading={loading}
          empty={
            (known || !problem) && (
              <EmptyState icon={TrashIcon} title={t('bin.none.title')}>
                {t('bin.none.text')}
              </EmptyState>
            )
          }
        />
      </div>
      {asked?.what === 'restore' && <RestoreDialog entry={asked.entry} onClose={close} />}
      {asked?.what === 'purge' && <PurgeDialog entry={asked.entry} onClose={close} />}
      {emptying && <EmptyDialog entries={entries} held={held} onClose={() => setEmptying(false)} />}
    </Asking>
  );
}
