import type { AcceleratorReport, TrialRun } from '../../../main/contract/host.ts';
import { ago, milliseconds } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { ToneIcon } from '../../ui/status.tsx';
import css from './host.module.css';
import { t } from './text.ts';
import { useOverride } from './use-host.ts';
import type { Override } from './use-host.ts';

/** The verdict, the sentence with figures behind it, and what to do. */
export function Accelerator({ report }: { report: AcceleratorReport }) {
  const now = useNow();
  const good = report.failureClass === 'K0';
  return (
    <div className={css.verdict} data-failure-class={report.failureClass} data-accelerator={report.chosen}>
      <span className={css.icon}>
        <ToneIcon tone={good ? 'ok' : 'note'} size={20} />
      </span>
      <div className={css.words}>
        <p className={css.headline}>{report.title}</p>
        <p>{report.detail}</p>
        {report.evidence !== report.detail && <p className={css.evidence}>{report.evidence}</p>}
        {report.fix && <p className={css.fix}>{report.fix}</p>}
        {report.commands.length > 0 && <CodeBlock text={report.commands.join('\n')} label={t('commands')} />}
        {report.chosenBy === 'override' && <p className={css.fix}>{t('override.on')}</p>}
        <p className={css.when}>{t(report.fromCache ? 'triedCached' : 'tried', { ago: ago(report.triedAt, now) })}.</p>
      </div>
    </div>
  );
}

const said = (run: TrialRun): string =>
  t(`trial.${run.verdict}`, { ms: milliseconds(run.ms), stage: run.stoppedAt ?? (run.stages || '–') });

/** What machines shall use: what the trial found, or what the user says. */
export function OverrideCards({ report }: { report: AcceleratorReport }) {
  const override = useOverride();
  const value: Override = override.busy
    ? (override.pending ?? 'auto')
    : report.chosenBy === 'override'
      ? report.chosen
      : 'auto';
  const best = report.runs.find((run) => run.verdict === 'pass')?.accelerator ?? 'tcg';
  const options = report.runs.map((run) => ({
    value: run.accelerator as Override,
    title: t(`override.${run.accelerator}`),
    detail:
      run.verdict === 'unavailable'
        ? t(`override.${run.accelerator}Detail`)
        : `${t(`override.${run.accelerator}Detail`)} ${t('trial')}: ${said(run)}.`,
    why: run.verdict === 'unavailable' ? t('override.unavailable') : undefined,
  }));
  return (
    <RadioCards<Override>
      label={t('override.label')}
      value={value}
      onChange={(next) => void override.run(next)}
      columns={3}
      options={[
        { value: 'auto', title: t('override.auto'), detail: t('override.autoDetail', { name: t(`override.${best}`) }) },
        ...options,
      ]}
    />
  );
}
