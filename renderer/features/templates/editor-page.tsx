import { useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { TemplateParameter } from '../../../main/contract/templates.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { useFindings } from '../../lib/use-findings.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { CodeEditor } from '../../ui/code-editor.tsx';
import { Findings } from '../../ui/findings.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import { Parameters } from './parameters.tsx';
import css from './templates.module.css';
import { t } from './text.ts';

/** What is edited: nothing yet, a template's newest version, or a machine that becomes a template. */
export type EditorSource = { type: 'new' } | { type: 'template' | 'machine'; namespace: string; name: string };

interface Draft {
  name: string;
  title: string;
  description: string;
  manifest: string;
  parameters: TemplateParameter[];
  notes: string[];
  base: number;
}
const start: Draft = {
  name: '',
  title: '',
  description: '',
  manifest: `apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata:
  name: \${NAME}
spec:
  runStrategy: Halted
  template:
    spec:
      domain:
        memory:
          guest: 1Gi
        devices:
          rng: {}
`,
  parameters: [{ name: 'NAME', label: 'Name', description: '', required: true, secret: false }],
  notes: [],
  base: 0,
};

/** Loads what is edited, then shows the editor. */
export function EditorPage({ source }: { source: EditorSource }): ReactNode {
  const [copyDisks, setCopy] = useState(false);
  const loaded = useCall<Draft>(
    ['template-draft', source, copyDisks],
    async (api, signal) => {
      if (source.type === 'new') return start;
      const ref = { namespace: source.namespace, name: source.name };
      if (source.type === 'machine')
        return { ...(await api.templates.fromMachine({ ...ref, copyDisks }, { signal })), description: '', base: 0 };
      const [newest] = (await api.templates.get(ref, { signal })).versions;
      return newest ? { ...ref, ...newest, notes: [], base: newest.version } : start;
    },
    { staleMs: 0 },
  );
  const title =
    source.type === 'new'
      ? t('editor.new')
      : t(source.type === 'machine' ? 'editor.from' : 'editor.edit', { name: source.name });
  if (loaded.value)
    return (
      <Editor
        key={`${copyDisks} ${loaded.value.base}`}
        title={title}
        draft={loaded.value}
        namespace={source.type === 'template' ? source.namespace : 'default'}
        above={
          source.type === 'machine' && (
            <Checkbox
              label={t('editor.copyDisks')}
              hint={t('editor.copyDisks.hint')}
              checked={copyDisks}
              onChange={setCopy}
            />
          )
        }
      />
    );
  return (
    <Page>
      <PageHeader title={title} back={{ to: '/templates', label: t('title') }} />
      {loaded.problem ? <ProblemView problem={loaded.problem} /> : <Skeleton height="block" count={2} />}
    </Page>
  );
}

interface EditorProps {
  title: string;
  draft: Draft;
  namespace: string;
  above: ReactNode;
}

function Editor({ title, draft: initial, namespace, above }: EditorProps): ReactNode {
  const [draft, setDraft] = useState(initial);
  const [note, setNote] = useState('');
  const [, go] = useLocation();
  const { parameters, manifest } = draft;
  // Parameters count too: what they lack is found in the text.
  const { findings, problem, checking } = useFindings(JSON.stringify([manifest, parameters]), true, (api, _, signal) =>
    api.templates.check({ manifest, parameters }, { signal }),
  );
  const save = useAction(
    (api, { notes: _notes, ...given }: Draft) =>
      api.templates.save({ ...given, namespace, note, name: given.name.trim(), title: given.title.trim() }),
    {
      onDone: ({ version }) => {
        toast({ title: t('editor.saved', { n: version }) });
        go('/templates');
      },
    },
  );
  const set = (change: Partial<Draft>): void => {
    setDraft((now) => ({ ...now, ...change }));
    // What was refused was the old text.
    save.reset();
  };
  const offer = useOffer();
  const wrong = findings.some(({ severity }) => severity === 'error');
  const unnamed = draft.name.trim() === '' || draft.title.trim() === '';
  const why = offer('templates.save') ?? (unnamed ? t('editor.nameMissing') : wrong ? t('editor.wrong') : undefined);
  return (
    <Page>
      <PageHeader
        title={title}
        back={{ to: '/templates', label: t('title') }}
        actions={
          <Button tone="primary" why={why} busy={save.busy || checking} onClick={() => void save.run(draft)}>
            {draft.base === 0 ? t('editor.save') : t('editor.saveVersion', { n: draft.base + 1 })}
          </Button>
        }
      />
      <div className={css.form}>
        {(save.problem ?? problem) && <ProblemView problem={(save.problem ?? problem)!} />}
        {draft.notes.map((each) => (
          <Banner key={each} tone="note" title={each} />
        ))}
        {above}
        <Card>
          <div className={css.two}>
            <TextField
              label={t('editor.name')}
              mono
              value={draft.name}
              onChange={(name) => set({ name })}
              hint={t('editor.name.hint')}
              error={save.problem?.fields?.['name']}
              readOnly={draft.base > 0}
              maxLength={40}
            />
            <TextField label={t('editor.title')} value={draft.title} onChange={(value) => set({ title: value })} />
            <TextField
              label={t('editor.description')}
              optional
              value={draft.description}
              onChange={(description) => set({ description })}
            />
            {draft.base > 0 && <TextField label={t('editor.note')} optional value={note} onChange={setNote} />}
          </div>
        </Card>
        <Card title={t('editor.parameters')}>
          <Parameters parameters={parameters} onChange={(next) => set({ parameters: next })} />
        </Card>
        <p className={css.muted}>{t('editor.manifest.hint')}</p>
        <Findings findings={findings} />
        <CodeEditor
          label={t('editor.manifest', { name: draft.name })}
          value={manifest}
          onChange={(text) => set({ manifest: text })}
          findings={[...findings]}
          height="medium"
        />
      </div>
    </Page>
  );
}
