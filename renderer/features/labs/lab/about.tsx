import { useState } from 'react';
import type { ReactNode } from 'react';
import type { LabPreview, LabRow } from '../../../../main/contract/labs/run.ts';
import { ago, dateTime, duration } from '../../../lib/format.ts';
import { labs, target, useList, useLive } from '../../../lib/resources.ts';
import { useAction, useCall } from '../../../lib/use-call.ts';
import { useNow } from '../../../lib/use-now.ts';
import { Banner } from '../../../ui/banner.tsx';
import { Button } from '../../../ui/button.tsx';
import { Card } from '../../../ui/card.tsx';
import { EditIcon, PlayIcon, TrashIcon, UploadIcon } from '../../../ui/icons.tsx';
import { KeyValue } from '../../../ui/key-value.tsx';
import { Menu } from '../../../ui/menu.tsx';
import { PageHeader } from '../../../ui/page-header.tsx';
import { Page } from '../../../ui/page.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { Level } from '../library/level.tsx';
import { labNamespace } from '../namespace.ts';
import { EndDialog } from '../run/end-dialog.tsx';
import { t } from '../text.ts';
import { ExportDialog } from './export-dialog.tsx';
import css from './lab.module.css';
import { Makes } from './makes.tsx';
import { Needs } from './needs.tsx';
import { useMay } from '../../../lib/use-may.ts';
import { useRemoval } from '../../../lib/use-removal.ts';

/** What a lab is, what it would make and take, and its start. */
export function About({ name }: { name: string }): ReactNode {
  const list = useList(labs);
  const here = useLive(target).value?.id;
  const row = list.rows.get(name);
  const others = list.items.filter((each) => each.running !== undefined && each.name !== name);
  // Anew when its file, or what runs, is another one: the numbers are of now.
  const preview = useCall(
    ['lab', name, here, row?.version, row?.problem?.detail, others.length],
    (api, signal) => api.labs.preview({ lab: name }, { signal }),
    { staleMs: 2_000, keepFor: 2 },
  );
  const start = useAction((api, lab: string) => api.labs.start({ lab }));
  const may = useMay();
  const known = row ?? preview.value?.row;
  const problem = start.problem ?? preview.problem;
  return (
    <Page>
      <PageHeader
        title={known?.title ?? name}
        subtitle={known?.summary}
        back={{ to: '/labs', label: t('title') }}
        badge={known && <Level level={known.level} />}
        actions={
          // Of a lab that is not there nothing can be started.
          (known ?? !problem) && (
            <>
              <Button
                tone="primary"
                icon={PlayIcon}
                busy={start.busy}
                why={may('labs.start') ?? whyNotStart(preview.value, others)}
                onClick={() => void start.run(name)}
              >
                {t('start')}
              </Button>
              {known && <More row={known} />}
            </>
          )
        }
      />
      {problem && <ProblemView problem={problem} />}
      {others.map((each) => (
        <Other key={each.name} row={each} />
      ))}
      {preview.value ? <Sheets preview={preview.value} /> : !problem && <Skeleton height="block" count={2} />}
    </Page>
  );
}

/** Another lab that has the target for itself. One that is finished is ended from here: there is nothing left to do in it. */
function Other({ row }: { row: LabRow }): ReactNode {
  const [ending, setEnding] = useState(false);
  const finished = row.running === 'finished';
  const { name: lab, title } = row;
  const endWhy = useMay()('labs.end', { lab });
  return (
    <>
      <Banner
        tone="warning"
        title={t(finished ? 'other.finished' : 'other', { title })}
        actions={
          <>
            {finished && (
              <Button size="small" why={endWhy} onClick={() => setEnding(true)}>
                {t('other.end')}
              </Button>
            )}
            <Button size="small" to={`/labs/${lab}`}>
              {t('other.go')}
            </Button>
          </>
        }
      >
        {t(finished ? 'other.finishedText' : 'other.text')}
      </Banner>
      {ending && <EndDialog run={{ lab, title, state: 'finished' }} onClose={() => setEnding(false)} />}
    </>
  );
}

function whyNotStart(preview: LabPreview | undefined, others: readonly LabRow[]): string | undefined {
  if (!preview) return t('start.looking');
  const [first] = preview.row.missing;
  if (first) return [first.what, first.remedy].filter(Boolean).join(' ');
  if (others[0]) return t(others[0].running === 'finished' ? 'other.finished' : 'other', { title: others[0].title });
  const [problem] = preview.problems;
  return problem && [problem.title, problem.fix].filter(Boolean).join('. ');
}

function Sheets({ preview }: { preview: LabPreview }): ReactNode {
  const now = useNow();
  const { row } = preview;
  const { best } = row;
  const result = best && (
    <span title={dateTime(best.at)}>
      {t('best', { score: best.score, of: best.of, time: duration(best.seconds) })}, {ago(best.at, now)}
    </span>
  );
  return (
    <div className={css.sheets}>
      <div className={css.column}>
        <Card title={t('before')}>
          <div className={css.stack}>
            <KeyValue
              items={[
                { label: t('fact.minutes'), value: t('minutes', { n: row.minutes }) },
                { label: t('fact.steps'), value: t('steps', { n: row.steps }) },
                { label: t('fact.from'), value: t(`origin.${row.origin}`, { version: row.version }) },
                ...(result ? [{ label: t('fact.best'), value: result }] : []),
              ]}
            />
            <Needs preview={preview} />
          </div>
        </Card>
        <p className={css.muted}>{t('safe', { namespace: labNamespace(row.name) })}</p>
      </div>
      <div className={css.column}>
        <Makes preview={preview} title={t('makes')} />
      </div>
    </div>
  );
}

function More({ row }: { row: LabRow }): ReactNode {
  const [exporting, setExporting] = useState(false);
  const own = row.origin === 'own';
  const may = useMay();
  const { remove } = useRemoval<LabRow>({
    call: async (api, { name }) => ({ of: 'lab', ...(await api.labs.remove({ lab: name })) }),
    done: ({ title }) => t('remove.done', { title }),
    name: ({ title }) => title,
    onDone() {
      window.location.hash = '/labs';
    },
  });
  const edit = (): void => {
    window.location.hash = `/labs/${row.name}/file`;
  };
  return (
    <>
      <Menu
        label={t('more', { title: row.title })}
        items={[
          { label: t(own ? 'file.edit' : 'file.see'), icon: EditIcon, why: may('labs.text'), onSelect: edit },
          { label: t('export'), icon: UploadIcon, why: may('labs.export'), onSelect: () => setExporting(true) },
          'separator',
          {
            label: t('remove'),
            icon: TrashIcon,
            danger: true,
            why: may('labs.remove') ?? (row.origin === 'own' ? undefined : t(`remove.why.${row.origin}`)),
            onSelect: () => remove(row),
          },
        ]}
      />
      {exporting && <ExportDialog row={row} onClose={() => setExporting(false)} />}
    </>
  );
}
