import { useState } from 'react';
import type { ReactNode } from 'react';
import type { TemplateRow } from '../../../main/contract/templates.ts';
import { useTask } from '../../lib/tasks.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Findings } from '../../ui/findings.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Select } from '../../ui/select.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { TaskCard } from '../../ui/task-card.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './templates.module.css';
import { t } from './text.ts';

/** The form of a template's parameters; then what would be made, and the making. */
export function UseDialog({ row, onClose }: { row: TemplateRow; onClose: () => void }): ReactNode {
  const ref = { namespace: row.namespace, name: row.name };
  const detail = useCall(['template', row.namespace, row.name, row.version], (api, signal) => api.templates.get(ref, { signal }), { staleMs: 0 }); // prettier-ignore
  const [chosen, setChosen] = useState(row.version);
  const [values, setValues] = useState<Record<string, string>>({});
  const [targetNamespace, setNamespace] = useState('default');
  const version = detail.value?.versions.find((each) => each.version === chosen);
  const input = { ...ref, version: chosen, values, targetNamespace };
  type Input = typeof input;
  const offer = useOffer();
  const preview = useAction((api, given: Input) => api.templates.preview(given));
  const create = useAction((api, given: Input) => api.templates.create(given));
  const task = useTask(create.value?.taskId);
  const problem = create.problem ?? preview.problem;
  const set = (name: string, value: string): void => {
    setValues((now) => ({ ...now, [name]: value }));
    preview.reset();
    create.reset();
  };
  return (
    <Dialog
      open
      size="large"
      onClose={onClose}
      title={t('use.title', { name: row.title })}
      description={row.description}
      footer={
        create.value ? (
          <Button tone="primary" onClick={onClose}>
            {t('close')}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{t('cancel')}</Button>
            <Button busy={preview.busy} why={offer('templates.preview')} onClick={() => void preview.run(input)}>
              {t('use.preview')}
            </Button>
            <Button
              tone="primary"
              busy={create.busy}
              why={offer('templates.create')}
              onClick={() => void create.run(input)}
            >
              {t('use.create')}
            </Button>
          </>
        )
      }
    >
      <div className={css.form}>
        {detail.problem && <ProblemView problem={detail.problem} />}
        {detail.loading && <Skeleton height="block" />}
        {task && <TaskCard task={task} />}
        {version && !create.value && (
          <>
            <div className={css.two}>
              {version.parameters.map((each) => (
                <TextField
                  key={each.name}
                  label={each.label || each.name}
                  hint={each.description}
                  optional={!each.required}
                  type={each.secret ? 'password' : 'text'}
                  value={values[each.name] ?? each.value ?? ''}
                  onChange={(value) => set(each.name, value)}
                  error={problem?.fields?.[each.name]}
                />
              ))}
            </div>
            <div className={css.two}>
              <TextField label={t('use.namespace')} mono value={targetNamespace} onChange={setNamespace} />
              <Select
                label={t('use.version')}
                value={String(chosen)}
                onChange={(value) => setChosen(Number(value))}
                options={(detail.value?.versions ?? []).map((each) => ({
                  value: String(each.version),
                  label: t('use.versionOption', { n: each.version }),
                  detail: each.note,
                }))}
              />
            </div>
          </>
        )}
        {problem && <ProblemView problem={problem} compact />}
        {preview.value && !create.value && (
          <>
            <Findings findings={preview.value.report.findings} />
            <CodeBlock text={preview.value.yaml} label={t('use.preview')} />
          </>
        )}
      </div>
    </Dialog>
  );
}
