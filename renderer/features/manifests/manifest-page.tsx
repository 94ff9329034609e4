import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { cx } from '../../lib/cx.ts';
import { useDrop } from '../../lib/use-drop.ts';
import { useTask } from '../../lib/tasks.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { CodeEditor } from '../../ui/code-editor.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Findings } from '../../ui/findings.tsx';
import { FolderIcon, UploadIcon } from '../../ui/icons.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { TaskCard } from '../../ui/task-card.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './manifests.module.css';
import { ObjectList } from './object-list.tsx';
import { t } from './text.ts';
import { useReport } from './use-report.ts';

const most = 1024 * 1024;

/** Paste or drop a text with any objects; see what the target says of each; apply. */
export function ManifestPage(): ReactNode {
  const [yaml, setYaml] = useState('');
  const [namespace, setNamespace] = useState('default');
  // A new number makes a new editor: CodeMirror keeps its own text otherwise.
  const [version, setVersion] = useState(0);
  const picker = useRef<HTMLInputElement>(null);
  const offer = useOffer();
  const { report, problem, checking } = useReport(yaml, namespace, offer('manifests.check') === undefined);
  const apply = useAction((api, text: string) => api.manifests.apply({ yaml: text, namespace }));
  const task = useTask(apply.value?.taskId);
  const objects = report?.objects ?? [];
  const refused = objects.filter(({ result }) => result === 'refused').length;
  const broken = objects.length === 0 || (report?.findings ?? []).some(({ severity }) => severity === 'error');
  // Single objects may be refused and the rest is still worth applying; a broken text is not.
  const why =
    offer('manifests.apply') ??
    (yaml.trim() === ''
      ? t('apply.none')
      : broken && (refused === 0 || refused === objects.length)
        ? t('apply.wrong')
        : undefined);
  const take = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    if (file.size > most) {
      toast({ title: t('tooLarge'), tone: 'problem' });
      return;
    }
    setYaml(await file.text());
    setVersion((now) => now + 1);
  };
  const { over, drop } = useDrop((files) => void take(files[0]));
  return (
    <Page fill>
      <PageHeader
        title={t('title')}
        subtitle={t('subtitle')}
        back={{ to: '/machines', label: t('back') }}
        actions={
          <Button tone="primary" why={why} busy={apply.busy || checking} onClick={() => void apply.run(yaml)}>
            {objects.length === 0
              ? t('apply.plain')
              : refused > 0 && refused < objects.length
                ? t('apply.anyway')
                : t('apply', { n: objects.length })}
          </Button>
        }
      />
      <div className={css.columns}>
        {/* oxlint-disable-next-line no-noninteractive-element-interactions -- dropping is a shortcut for the button beside it */}
        <section className={cx(css.left, over && css.over)} aria-label={t('text')} {...drop}>
          <div className={css.bar}>
            <TextField label={t('namespace')} mono value={namespace} onChange={setNamespace} maxLength={63} />
            <Button icon={FolderIcon} onClick={() => picker.current?.click()}>
              {t('file')}
            </Button>
            <input
              ref={picker}
              type="file"
              accept=".yaml,.yml,.json"
              aria-label={t('file')}
              onChange={(event) => {
                void take(event.currentTarget.files?.[0]);
                event.currentTarget.value = '';
              }}
            />
          </div>
          <CodeEditor
            key={version}
            label={t('text')}
            value={yaml}
            onChange={setYaml}
            findings={[...(report?.findings ?? [])]}
            height="fill"
          />
        </section>
        {/* oxlint-disable-next-line no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
        <section className={css.right} aria-label={t('objects')} tabIndex={0}>
          {apply.problem && <ProblemView problem={apply.problem} />}
          {task && <TaskCard task={task} />}
          {problem && <ProblemView problem={problem} compact />}
          {report && <Findings findings={report.findings} />}
          {objects.length > 0 && <ObjectList objects={objects} />}
          {yaml.trim() === '' && (
            <EmptyState icon={UploadIcon} title={over ? t('drop') : t('empty.title')}>
              {t('empty.text')}
            </EmptyState>
          )}
          {checking && !report && <output>{t('checking')}</output>}
        </section>
      </div>
    </Page>
  );
}
