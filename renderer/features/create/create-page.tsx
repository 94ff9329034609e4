import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { usePatience } from '../../lib/use-patience.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { Card } from '../../ui/card.tsx';
import { ChevronDownIcon } from '../../ui/icons.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './create.module.css';
import { Findings } from '../inside/findings.tsx';
import { FullForm } from './full-form.tsx';
import { ImageCards } from './image-cards.tsx';
import { forgetDraft } from './keep.ts';
import { rememberLogin } from './logins.ts';
import { LoginPart } from './login-part.tsx';
import { QuotaLine } from './quota-line.tsx';
import { SizeCards } from './size-parts.tsx';
import { t } from './text.ts';
import { useCreate } from './use-create.ts';
import type { Form } from './use-create.ts';
import { SeveralResult } from './several-result.tsx';
import { examplePattern, shortList } from './several.ts';
import { sectionOf, serverErrors } from './validate.ts';

/** Three clicks for those who only want a machine; everything else under "More options". */
export function CreatePage(): ReactNode {
  const form = useCreate();
  const { draft, set } = form;
  const [, go] = useLocation();
  const starts = draft.start && draft.runStrategy !== 'Halted';
  const refusedBy = ({ fields }: Problem): void => {
    if (!fields) return;
    const refused = serverErrors(fields);
    // First the fold: a change of the draft takes the target's messages away.
    if (Object.keys(refused).some((path) => sectionOf(path) !== 'basics')) set({ full: true });
    form.setServerErrors(refused);
  };
  const create = useAction((api, input: Form['input']) => api.machines.create(input), {
    onDone: (ref) => {
      remember(form, ref);
      forgetDraft(sessionStorage);
      toast({ title: t('created', { name: ref.name }) });
      go(`${starts ? '/console' : '/machines'}/${ref.namespace}/${ref.name}`);
    },
    onProblem: refusedBy,
  });
  const [taskId, setTaskId] = useState<string>();
  const { several } = form;
  const createAll = useAction(
    (api, input: Form['input']) => api.machines.createSeveral({ ...input, pattern: draft.name }),
    {
      onDone: (made) => {
        for (const name of made.names) remember(form, { namespace: draft.namespace, name });
        forgetDraft(sessionStorage);
        setTaskId(made.taskId);
      },
      onProblem: refusedBy,
    },
  );
  const wrong = Object.keys(form.own);
  const page = useRef<HTMLFormElement>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (tries > 0) page.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [tries]);
  const offer = useOffer();
  const lack = offer(several ? 'machines.createSeveral' : 'machines.create');
  const submit = (): void => {
    if (lack) return;
    form.submit();
    if (wrong.length > 0) setTries(tries + 1);
    if (wrong.length === 0) void (several ? createAll : create).run(form.input);
    else if (wrong.some((path) => hidden(path, draft.size === 'free'))) set({ full: true });
  };

  const problem = create.problem ?? createAll.problem;
  const held = usePatience(form.loading);
  if (taskId !== undefined)
    return (
      <Page>
        <PageHeader title={t('title')} back={{ to: '/machines', label: t('list') }} />
        <SeveralResult taskId={taskId} onBack={() => setTaskId(undefined)} />
      </Page>
    );
  return (
    <Page>
      <PageHeader
        title={t('title')}
        back={{ to: '/machines', label: t('list') }}
        actions={
          <Button tone="quiet" onClick={form.clear}>
            {t('clear')}
          </Button>
        }
      />
      {held && <Skeleton height="block" count={3} />}
      <form
        ref={page}
        hidden={held}
        className={css.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {draft.from !== '' && (
          <Banner tone={draft.missing.length > 0 ? 'warning' : 'note'} title={t('from', { name: draft.from })}>
            {draft.missing.length > 0 && t('from.missing', { files: draft.missing.join(', ') })}
          </Banner>
        )}
        <Card title={t('source')}>
          <ImageCards form={form} />
          {draft.source === 'iso' && (
            <Checkbox
              label={t('source.eject')}
              hint={t('source.ejectHint')}
              checked={draft.eject}
              onChange={(eject) => set({ eject })}
            />
          )}
        </Card>
        {draft.from === '' && draft.source === 'image' && form.image?.inside && <Findings inside={form.image.inside} />}
        {draft.size === 'instancetype' && (
          <Card title={t('size')}>
            <SizeCards form={form} />
          </Card>
        )}
        <Card>
          <div className={css.basics}>
            <TextField
              label={t('name')}
              mono
              value={draft.name}
              onChange={(name) => set({ name, nameTouched: name !== '' })}
              onBlur={() => form.touch('name')}
              hint={
                several?.length
                  ? t('several.preview', { n: several.length, names: shortList(several) })
                  : `${t('name.hint')} ${t('several.hint', { example: examplePattern })}`
              }
              error={form.error('name')}
              maxLength={63}
            />
            <LoginPart form={form} />
          </div>
        </Card>
        {draft.full && <FullForm form={form} />}
        <QuotaLine />
        {problem && <ProblemView problem={problem} />}
        <div className={css.foot}>
          <Button
            tone="quiet"
            iconAfter={ChevronDownIcon}
            aria-expanded={draft.full}
            onClick={() => set({ full: !draft.full })}
          >
            {t(draft.full ? 'less' : 'more')}
          </Button>
          <output className={css.footNote}>
            {form.submitted && wrong.length > 0 ? t('fix', { n: wrong.length }) : ''}
          </output>
          <Button type="submit" tone="primary" busy={create.busy || createAll.busy} why={lack}>
            {several ? t('several.go', { n: several.length }) : t(starts ? 'create' : 'createOnly')}
          </Button>
        </div>
      </form>
    </Page>
  );
}

/** Whether a field is only to be seen under "More options". */
const hidden = (path: string, freeSize: boolean): boolean => {
  const section = sectionOf(path);
  if (section === 'basics' || path === 'cloudInit.user' || path === 'cloudInit.password') return false;
  return section !== 'size' || freeSize;
};

/** The console then says how to log in; only this window knows. */
function remember(form: Form, { namespace, name }: ObjectRef): void {
  const { cloudInit } = form.input;
  if (form.draft.cloudInit === 'form' && cloudInit?.type !== 'none' && form.takesCloudInit)
    rememberLogin(namespace, name, {
      user: form.draft.user || form.defaultUser,
      ...(form.draft.password && { password: form.draft.password }),
    });
}
