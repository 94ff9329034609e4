import { Link } from 'wouter';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { bytes, percent } from '../../lib/format.ts';
import { ownBox, useLive } from '../../lib/resources.ts';
import type { ListState } from '../../lib/resources.ts';
import { useMay } from '../../lib/use-may.ts';
import { consoleOffers, lackOfAll, useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { FlameIcon, PlusIcon, TerminalIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StatusDot } from '../../ui/status.tsx';
import css from './home.module.css';
import { plainWhy, statusWord } from '../machines/status.ts';
import { t } from './text.ts';

const rank = { error: 0, busy: 1, running: 2, paused: 3, stopped: 4 };
const most = 6;

/** What needs an eye first, then what runs; the stopped ones are a number. */
export function liveFirst(rows: readonly MachineRow[]): MachineRow[] {
  return rows
    .filter((row) => row.tone !== 'stopped')
    .sort((a, b) => rank[a.tone] - rank[b.tone] || a.name.localeCompare(b.name));
}

export function MachinesCard({ list }: { list: ListState<MachineRow> }) {
  const offer = useOffer();
  const may = useMay();
  // A box has a setup of its own, and it is over.
  const own = useLive(ownBox).value?.box === true;
  const { state, items, problem } = list;
  if (state === 'loading')
    return (
      <Card title={t('running.title')}>
        <Skeleton height="row" count={4} />
      </Card>
    );
  if (items.length === 0 && problem)
    return (
      <Card title={t('running.title')}>
        <ProblemView problem={problem} />
      </Card>
    );
  if (items.length === 0)
    return (
      <Card>
        <EmptyState
          icon={FlameIcon}
          title={t('empty.title')}
          actions={
            <>
              <Button tone="primary" icon={PlusIcon} to="/machines/new" why={offer('machines.create')}>
                {t('create')}
              </Button>
              {!own && may('appliances.install') === undefined && <Button to="/setup">{t('empty.setup')}</Button>}
            </>
          }
        >
          {t(own ? 'empty.textBox' : 'empty.text')}
        </EmptyState>
      </Card>
    );
  const live = liveFirst(items);
  return (
    <Card
      title={t('running.title')}
      flush
      actions={
        <Button size="small" tone="quiet" to="/machines">
          {t('running.all', { n: items.length })}
        </Button>
      }
    >
      {live.length === 0 && (
        <p className={css.none}>
          {t('running.none')} {t('running.noneMore', { n: items.length })}
        </p>
      )}
      <ul>
        {live.slice(0, most).map((row) => (
          <MachineLine
            key={row.uid}
            row={row}
            why={lackOfAll((id) => offer(id, { namespace: row.namespace }), consoleOffers)}
          />
        ))}
      </ul>
      {live.length > most && (
        <p className={css.none}>
          <Link href="/machines">{t('running.more', { n: live.length - most })}</Link>
        </p>
      )}
    </Card>
  );
}

function MachineLine({ row, why }: { row: MachineRow; why: string | undefined }) {
  const page = `/machines/${row.namespace}/${row.name}`;
  return (
    <li className={css.line}>
      <StatusDot tone={row.tone} />
      <div className={css.who}>
        <Link className={css.name} href={page}>
          {row.name}
        </Link>
        <span className={css.sub}>
          {row.why === undefined
            ? [statusWord(row.status), row.os, row.addresses[0]].filter(Boolean).join(' · ')
            : plainWhy(row.why)}
        </span>
      </div>
      <span className={css.figure}>
        {row.cpuUse === undefined ? '' : t('running.cpu', { share: percent(row.cpuUse) })}
      </span>
      <span className={css.figure}>{row.memoryUse === undefined ? '' : bytes(row.memoryUse)}</span>
      <IconButton
        icon={TerminalIcon}
        label={t('running.console', { name: row.name })}
        to={`${page}/console`}
        why={why}
      />
    </li>
  );
}
