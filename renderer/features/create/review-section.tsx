import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import type { CreateMachineInput } from '../../../main/contract/machine.ts';
import { useCall } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { CodeEditor } from '../../ui/code-editor.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { ToneIcon } from '../../ui/status.tsx';
import css from './create.module.css';
import { t } from './text.ts';
import type { Form } from './use-create.ts';
import { serverErrors } from './validate.ts';

/** The manifest, and what the target says of it before it is applied. */
export function ReviewSection({ form }: { form: Form }): ReactNode {
  const good = Object.keys(form.own).length === 0;
  const lack = useOffer()('machines.preview');
  const input = useSettled(form.input, 400);
  const preview = useCall(['preview', input], (api) => api.machines.preview(input), {
    enabled: good && lack === undefined,
    staleMs: 0,
  });
  const { setServerErrors } = form;
  const fields = preview.value?.problem?.fields;
  useEffect(() => {
    if (fields) setServerErrors(serverErrors(fields));
  }, [fields, setServerErrors]);
  const { value } = preview;
  const problem = preview.problem ?? value?.problem;

  if (lack) return <p className={css.note}>{lack}</p>;
  if (!value && !good) return <p className={css.note}>{t('review.wait')}</p>;
  if (!value && !problem) return <Skeleton count={6} />;
  return (
    <>
      <p className={css.note}>{t('review.intro')}</p>
      {problem ? (
        <ProblemView problem={problem} compact />
      ) : (
        value && (
          <output className={css.fit}>
            <ToneIcon tone={value.capacity.ok ? 'ok' : 'warning'} />
            {[value.capacity.ok && value.warnings.length === 0 && t('review.accepted'), value.capacity.detail]
              .filter(Boolean)
              .join(' ')}
          </output>
        )
      )}
      {value && value.warnings.length > 0 && (
        <Banner tone="warning" title={t('review.warnings')}>
          {value.warnings.map((warning) => (
            <p key={warning}>{warning}</p>
          ))}
        </Banner>
      )}
      {value && (
        <>
          <div className={css.between}>
            <span className={css.legend}>{t('review.yaml')}</span>
            <CopyButton text={value.yaml} label={t('review.copy')} />
          </div>
          <CodeEditor key={value.yaml} label={t('review.yaml')} value={value.yaml} readOnly height="medium" />
        </>
      )}
    </>
  );
}

/** The value once it stopped changing for `ms`. */
function useSettled(value: CreateMachineInput, ms: number): CreateMachineInput {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
