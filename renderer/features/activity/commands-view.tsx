import { useMemo, useState } from 'react';
import type { CommandEntry } from '../../../main/contract/commands.ts';
import { ago, dateTime } from '../../lib/format.ts';
import { match } from '../../lib/match.ts';
import { commandList, target, useList, useLive } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { useNow } from '../../lib/use-now.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ActivityIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StatusBadge } from '../../ui/status.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import css from './activity.module.css';
import { lineOf, scriptOf } from './script.ts';
import { t } from './text.ts';

/** How many are drawn at once; more on demand. */
const page = 30;

/** What was clicked, as lines of kubectl and virtctl. */
export function CommandsView() {
  const { items, state, problem } = useList(commandList);
  const [query, setQuery] = useState('');
  const [plain, setPlain] = useState(false);
  const [shown, setShown] = useState(page);
  const [asked, setAsked] = useState<CommandEntry>();
  const clear = useAction((api) => api.commands.clear({}), { onProblem: toastProblem });
  const rows = useMemo(
    () =>
      items
        .filter((entry) => query === '' || match([entry.what, entry.object?.name, entry.target.name, ...entry.requests.map(({ line }) => line)].join(' '), query) > 0)
        .sort((a, b) => b.at.localeCompare(a.at)),
    [items, query],
  ); // prettier-ignore
  if (state === 'loading') return <Skeleton height="block" count={3} />;
  if (items.length === 0 && problem) return <ProblemView problem={problem} />;
  if (items.length === 0)
    return (
      <EmptyState icon={ActivityIcon} title={t('commands.none')}>
        {t('commands.noneText')}
      </EmptyState>
    );
  return (
    <div className={css.tasks}>
      <div className={css.tools}>
        <SearchField label={t('commands.search')} value={query} onChange={setQuery} shortcut />
        <Checkbox label={t('commands.plain')} checked={plain} onChange={setPlain} />
        <span className={css.grow} />
        <CopyButton text={scriptOf(rows, plain)} label={t('commands.copyAll')} />
        <Button tone="quiet" busy={clear.busy} onClick={() => void clear.run(undefined)}>
          {t('commands.clear')}
        </Button>
      </div>
      {rows.length === 0 && <p className={css.none}>{t('commands.noneFit')}</p>}
      {rows.slice(0, shown).map((entry) => (
        <Click key={entry.id} entry={entry} plain={plain} onReplay={() => setAsked(entry)} />
      ))}
      {rows.length > shown && (
        <Button tone="quiet" onClick={() => setShown(shown + page)}>
          {t('commands.more', { n: rows.length - shown })}
        </Button>
      )}
      {asked && <Replay entry={asked} onClose={() => setAsked(undefined)} />}
    </div>
  );
}

function Click({ entry, plain, onReplay }: { entry: CommandEntry; plain: boolean; onReplay: () => void }) {
  const now = useNow();
  const cannot = entry.requests.find(({ notReplayable }) => notReplayable !== undefined)?.notReplayable;
  return (
    <Card
      title={entry.object ? `${entry.what}: ${entry.object.name}` : entry.what}
      actions={
        <Button size="small" tone="quiet" why={cannot} onClick={onReplay}>
          {t('commands.replay')}
        </Button>
      }
    >
      <p className={css.meta}>
        <time title={dateTime(entry.at)}>{ago(entry.at, now)}</time> · {entry.target.name}
      </p>
      <div className={css.lines}>
        {entry.requests.map((request, n) => (
          <div key={`${request.request}${n}`}>
            {request.result !== 'ok' && (
              <StatusBadge tone="warning">{t('commands.failed', { code: request.result })}</StatusBadge>
            )}
            <CodeBlock text={lineOf(request, plain)} label={request.request} />
            {request.redacted && <p className={css.meta}>{t('commands.redacted')}</p>}
          </div>
        ))}
      </div>
    </Card>
  );
}

/** Sends the same again, after a question that names the target. */
function Replay({ entry, onClose }: { entry: CommandEntry; onClose: () => void }) {
  const here = useLive(target).value;
  const replay = useAction((api, id: string) => api.commands.replay({ id }), {
    onDone: (results) => {
      const failed = results.find(({ problem }) => problem);
      if (failed?.problem) return;
      toast({ title: t('commands.replayed', { n: results.length }) });
      onClose();
    },
  });
  const failed = replay.value?.find(({ problem }) => problem)?.problem;
  const done = replay.value?.filter(({ problem }) => !problem).length ?? 0;
  return (
    <ConfirmDialog
      open
      size="medium"
      onClose={onClose}
      onConfirm={() => void replay.run(entry.id)}
      title={t('commands.replayTitle', { what: entry.what })}
      confirmLabel={t('commands.replayConfirm')}
      busy={replay.busy}
      problem={replay.problem ?? failed}
    >
      <p>{t('commands.replayText', { n: entry.requests.length, target: here?.name ?? '' })}</p>
      {here && here.id !== entry.target.id && (
        <p>{t('commands.replayElsewhere', { old: entry.target.name, now: here.name })}</p>
      )}
      {failed && <p>{t('commands.replayStopped', { done })}</p>}
    </ConfirmDialog>
  );
}
