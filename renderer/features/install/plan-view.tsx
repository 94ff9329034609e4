import type { ReactNode } from 'react';
import type { PlanView as Plan } from '../../../main/contract/appliance.ts';
import { cx } from '../../lib/cx.ts';
import { bytes, coarse } from '../../lib/format.ts';
import { Card } from '../../ui/card.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { ToneIcon } from '../../ui/status.tsx';
import css from './install.module.css';
import { t } from './text.ts';

/** A plan in words, with what is asked of the person: what will be there, what is done as administrator, which files and downloads, and the same as commands. */
export function PlanView({ plan, ask }: { plan: Plan; ask: ReactNode }) {
  const rootSteps = plan.steps.filter((step) => step.root).length;
  return (
    <>
      <Figures plan={plan} />
      {ask}
      {plan.notes.length > 0 && (
        <Card title={t('plan.notes')}>
          <ul className={css.list}>
            {[...plan.notes]
              .sort((a, b) => Number(b.tone === 'warning') - Number(a.tone === 'warning'))
              .map((note) => (
                <li key={note.text} className={css.note}>
                  <span className={css.icon}>
                    <ToneIcon tone={note.tone} />
                  </span>
                  <span className={css.words}>{note.text}</span>
                </li>
              ))}
          </ul>
        </Card>
      )}
      <Card title={t('plan.running')}>
        <ul className={css.bullets}>
          {plan.running.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      </Card>
      <Card title={t('plan.steps')}>
        <Fold n={plan.steps.length} lead={t('plan.stepsLead', { n: plan.steps.length, root: rootSteps })}>
          <ol className={css.steps}>
            {plan.steps.map((step) => (
              <li key={step.id} className={css.step}>
                <span>{step.title}</span>
                {step.root ? <span className={cx(css.chip, css.warnChip)}>{t('plan.root')}</span> : <span />}
                <span className={css.muted}>{step.detail}</span>
              </li>
            ))}
          </ol>
        </Fold>
      </Card>
      <Card title={t('plan.files', { n: plan.files.length })}>
        <Fold n={plan.files.length} lead={t('plan.filesLead')}>
          <ul className={css.rows}>
            {plan.files.map((file) => (
              <li key={file.path} className={css.row}>
                <span>
                  {file.what} <span className={css.path}>{file.path}</span>
                </span>
                <span className={css.side}>{bytes(file.size)}</span>
                {file.text !== undefined && (
                  <details className={cx(css.shown, css.wide)}>
                    <summary>
                      {t('plan.show')}
                      <span className="visually-hidden"> {file.path}</span>
                    </summary>
                    <CodeBlock text={file.text} label={file.path} />
                  </details>
                )}
              </li>
            ))}
          </ul>
        </Fold>
      </Card>
      <Downloads plan={plan} />
      <Card title={t('plan.look')}>
        <div className={css.stack}>
          <details className={css.shown}>
            <summary>{t('plan.commands')}</summary>
            <CodeBlock text={plan.commands} label={t('plan.commands')} />
          </details>
          <details className={css.shown}>
            <summary>{t('plan.helper')}</summary>
            <div className={css.stack}>
              <p className={css.text}>{t('plan.helperText', { path: plan.helper.path })}</p>
              <div className={css.inline}>
                <span className={css.hash}>sha256 {plan.helper.sha256}</span>
                <CopyButton text={plan.helper.sha256} label={t('plan.copyHash')} />
              </div>
              <CodeBlock text={plan.helper.text} label={t('plan.helper')} />
            </div>
          </details>
        </div>
      </Card>
    </>
  );
}

/** A long list is told in a sentence, and shown when it is wanted. */
function Fold({ n, lead, children }: { n: number; lead: string; children: ReactNode }) {
  if (n <= 8) return children;
  return (
    <>
      <p className={css.text}>{lead}</p>
      <details className={css.shown}>
        <summary>{t('plan.all', { n })}</summary>
        {children}
      </details>
    </>
  );
}

function Figures({ plan }: { plan: Plan }) {
  const left = Math.max(0, plan.download - plan.cached);
  const items = [
    {
      label: t('plan.download'),
      value: left === 0 ? t('plan.nothing') : bytes(left),
      more: plan.cached > 0 && left > 0 ? t('plan.cachedOf', { size: bytes(plan.cached) }) : undefined,
    },
    { label: t('plan.disk'), value: bytes(plan.disk) },
    { label: t('plan.memory'), value: bytes(plan.memory), more: t('plan.memoryMore') },
    { label: t('plan.time'), value: t('plan.about', { time: coarse(plan.seconds) }), more: t('plan.timeMore') },
  ];
  return (
    <dl className={css.figures}>
      {items.map(({ label, value, more }) => (
        <div key={label} className={css.figure}>
          <dt>{label}</dt>
          <dd>{value}</dd>
          {more && <dd className={css.muted}>{more}</dd>}
        </div>
      ))}
    </dl>
  );
}

function Downloads({ plan }: { plan: Plan }) {
  if (plan.downloads.length === 0) return null;
  return (
    <Card title={t('plan.downloads', { n: plan.downloads.length })}>
      <Fold n={plan.downloads.length} lead={t('plan.downloadsLead')}>
        <ul className={css.rows}>
          {plan.downloads.map((each) => (
            <li key={each.name} className={css.row}>
              <span>
                {each.title}{' '}
                <span className={cx(css.chip, each.cached ? undefined : css.plainChip)}>
                  {t(each.cached ? 'plan.cached' : 'plan.toFetch')}
                </span>{' '}
                {!each.pinned && <span className={cx(css.chip, css.warnChip)}>{t('plan.unpinned')}</span>}
              </span>
              <span className={css.side}>{bytes(each.size)}</span>
              <details className={cx(css.shown, css.wide)}>
                <summary>
                  {t('plan.where')}
                  <span className="visually-hidden">: {each.title}</span>
                </summary>
                <div className={css.stack}>
                  <p className={css.hash}>{each.url}</p>
                  <p className={css.hash}>{each.sha256 ? `sha256 ${each.sha256}` : t('plan.noHash')}</p>
                </div>
              </details>
            </li>
          ))}
        </ul>
      </Fold>
    </Card>
  );
}
