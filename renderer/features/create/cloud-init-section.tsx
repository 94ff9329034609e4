import { useState } from 'react';
import type { ReactNode } from 'react';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { CodeEditor } from '../../ui/code-editor.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { TextArea } from '../../ui/text-area.tsx';
import { AddressFold, CheckView } from '../cloud-init/cloud-editor.tsx';
import { CloudForm as MoreForm } from '../cloud-init/cloud-form.tsx';
import { readForm } from '../cloud-init/form.ts';
import { applyForm } from '../cloud-init/form-write.ts';
import { SnippetsDialog } from '../cloud-init/snippets-dialog.tsx';
import { t as init } from '../cloud-init/text.ts';
import { useCheck } from '../cloud-init/use-check.ts';
import type { Checked } from '../cloud-init/use-check.ts';
import { cardsOf, networkDataOf, withMac } from './cards.ts';
import { fieldsOf, textOf } from './cloud-config.ts';
import css from './create.module.css';
import { ownKeyName, toInput } from './draft.ts';
import { t } from './text.ts';
import type { Form } from './use-create.ts';

/** What the guest sets up at its first start: by a form, or by a cloud-config of one's own. Both are one text: what the form does not show stays in it. */
export function CloudInitSection({ form }: { form: Form }): ReactNode {
  const { draft, set } = form;
  // The hash that stands in the text for the password of the form.
  const [hashed, setHashed] = useState('');
  const hash = useAction((api, password: string) => api.cloudInit.hashPassword({ password }), {
    onDone: (made) => toYaml(made.hash),
  });
  if (!form.takesCloudInit) return <p className={css.note}>{t('cloud.notImage')}</p>;
  const toYaml = (password: string): void => {
    setHashed(password);
    const text = asYaml(form);
    set({ cloudInit: 'yaml', userData: readForm(text)?.form.password ? text : applyForm(text, { password }) });
  };
  const choose = (cloudInit: 'none' | 'form' | 'yaml'): void => {
    if (cloudInit === 'yaml' && draft.cloudInit !== 'yaml') {
      if (draft.cloudInit === 'none') set({ cloudInit });
      else if (draft.password) void hash.run(draft.password);
      else toYaml('');
    } else if (cloudInit === 'form' && draft.cloudInit === 'yaml') {
      const same = hashed !== '' && readForm(draft.userData)?.form.password === hashed;
      const password = readForm(draft.userData)?.form.password ?? '';
      set({
        cloudInit,
        ...fieldsOf(draft.userData, form.sshKeys),
        userData: same ? applyForm(draft.userData, { password: '' }) : draft.userData,
        ...(!same && password && { password: '' }),
      });
    } else set({ cloudInit });
  };
  const unreadable = draft.cloudInit === 'yaml' && !readForm(draft.userData);
  return (
    <>
      <RadioCards
        label={t('cloud.mode')}
        hideLabel
        columns={3}
        value={draft.cloudInit}
        onChange={choose}
        options={(['form', 'yaml', 'none'] as const).map((value) => ({
          value,
          title: t(`cloud.${value}`),
          detail: t(`cloud.${value}.detail`),
          ...(value === 'form' && unreadable && { why: init('form.unreadable') }),
        }))}
      />
      {hash.problem && <ProblemView problem={hash.problem} compact />}
      {draft.cloudInit === 'form' && <CloudForm form={form} />}
      {draft.cloudInit === 'yaml' && <CloudYaml form={form} />}
    </>
  );
}

/** The form's meaning as cloud-config, on top of what the text said before. */
function asYaml({ draft, sshKeys, defaultUser }: Form): string {
  const { cloudInit } = toInput({ ...draft, cloudInit: 'form' }, sshKeys, true);
  if (cloudInit?.type !== 'form') return '#cloud-config\n';
  return textOf(cloudInit, draft.userData.trim() === '' ? '#cloud-config\n' : draft.userData, defaultUser);
}

function CloudForm({ form }: { form: Form }): ReactNode {
  const { draft, set, sshKeys } = form;
  const [shown, setShown] = useState(false);
  const [adding, setAdding] = useState(false);
  const checked = useFormCheck(form, asYaml(form));
  const turn = (name: string, on: boolean): void =>
    set({ keys: on ? [...draft.keys, name] : draft.keys.filter((each) => each !== name) });
  return (
    <>
      <fieldset className={css.keys}>
        <legend className={css.legend}>{t('cloud.keys')}</legend>
        {sshKeys.every(({ name }) => name === ownKeyName) && (
          <p className={css.note}>
            {t('cloud.keys.none')} <a href="#/settings">{t('cloud.keys.settings')}</a>
          </p>
        )}
        {sshKeys.map(({ name }) => (
          <Checkbox
            key={name}
            label={name === ownKeyName ? t('cloud.ownKey') : name}
            checked={draft.keys.includes(name)}
            onChange={(on) => turn(name, on)}
          />
        ))}
      </fieldset>
      <TextArea
        label={t('cloud.moreKeys')}
        optional
        mono
        rows={2}
        value={draft.moreKeys}
        onChange={(moreKeys) => {
          form.touch('cloudInit.sshKeys');
          set({ moreKeys });
        }}
        hint={t('cloud.moreKeys.hint')}
        error={form.error('cloudInit.sshKeys')}
      />
      <TextArea
        label={t('cloud.packages')}
        optional
        mono
        rows={1}
        value={draft.packages}
        onChange={(packages) => set({ packages })}
        hint={t('cloud.packages.hint')}
        error={form.error('cloudInit.packages')}
      />
      <TextArea
        label={t('cloud.runcmd')}
        optional
        mono
        rows={3}
        value={draft.runcmd}
        onChange={(runcmd) => set({ runcmd })}
        hint={t('cloud.runcmd.hint')}
        error={form.error('cloudInit.runcmd')}
      />
      <MoreForm text={draft.userData} onChange={(userData) => set({ userData })} omit={quick} />
      <AddressFold
        nics={cardsOf(draft)}
        text={draft.networkData}
        onChange={(networkData) => set({ networkData })}
        onMac={(name, mac) => set((now) => withMac(now, name, mac))}
      />
      <div>
        <Button size="small" onClick={() => setAdding(true)}>
          {init('snippets.add')}
        </Button>
      </div>
      <SnippetsDialog
        open={adding}
        onClose={() => setAdding(false)}
        text={asYaml(form)}
        onMerged={(text) => set({ ...fieldsOf(text, sshKeys), userData: text })}
      />
      <CheckView checked={checked} />
      <details onToggle={(event) => setShown(event.currentTarget.open)}>
        <summary className={css.plainFold}>{t('cloud.preview')}</summary>
        {shown && (
          <CodeEditor key={asYaml(form)} label={t('cloud.preview')} value={asYaml(form)} readOnly height="small" />
        )}
      </details>
    </>
  );
}

/** Fields that the page shows by itself. */
const quick = ['hostname', 'user', 'password', 'sshKeys', 'packages', 'runcmd'] as const;

function useFormCheck({ draft, image }: Form, userData: string): Checked {
  const of = image && { namespace: image.namespace, name: image.name };
  const known = cardsOf(draft).flatMap(({ mac }) => mac ?? []);
  const macs = known.length > 0 ? known : undefined;
  return useCheck(userData, networkDataOf(draft), { namespace: draft.namespace, machine: draft.name, image: of, macs });
}

function CloudYaml({ form }: { form: Form }): ReactNode {
  const { draft, set } = form;
  const [adding, setAdding] = useState(false);
  // A new number makes a new editor: CodeMirror keeps its own text otherwise.
  const [version, setVersion] = useState(0);
  const checked = useFormCheck(form, draft.userData);
  return (
    <>
      <div className={css.between}>
        <span className={css.legend}>{t('cloud.userData')}</span>
        <Button
          size="small"
          tone="quiet"
          why={readForm(draft.userData) ? undefined : init('form.unreadable')}
          onClick={() => setAdding(true)}
        >
          {init('snippets.add')}
        </Button>
      </div>
      <CodeEditor
        key={version}
        label={t('cloud.userData')}
        value={draft.userData}
        onChange={(userData) => set({ userData })}
        findings={checked.check?.userData ?? []}
        height="medium"
      />
      {form.error('cloudInit.userData') && (
        <p role="alert" className={css.error}>
          {form.error('cloudInit.userData')}
        </p>
      )}
      <TextArea
        label={t('cloud.networkData')}
        optional
        mono
        rows={3}
        value={draft.networkData}
        onChange={(networkData) => set({ networkData })}
        error={form.error('cloudInit.networkData')}
      />
      <CheckView checked={checked} />
      <SnippetsDialog
        open={adding}
        onClose={() => setAdding(false)}
        text={draft.userData}
        onMerged={(userData) => {
          set({ userData });
          setVersion(version + 1);
        }}
      />
    </>
  );
}
