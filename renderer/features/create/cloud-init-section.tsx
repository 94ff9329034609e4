import { useState } from 'react';
import type { ReactNode } from 'react';
import { useFindings } from '../../lib/use-findings.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { CodeEditor } from '../../ui/code-editor.tsx';
import { Findings } from '../../ui/findings.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { TextArea } from '../../ui/text-area.tsx';
import { cloudConfig } from './cloud-config.ts';
import css from './create.module.css';
import { ownKeyName, toInput } from './draft.ts';
import { t } from './text.ts';
import type { Form } from './use-create.ts';

/** What the guest sets up at its first start: by a form, or by a cloud-config of one's own. */
export function CloudInitSection({ form }: { form: Form }): ReactNode {
  const { draft, set } = form;
  if (!form.takesCloudInit) return <p className={css.note}>{t('cloud.notImage')}</p>;
  const choose = (cloudInit: 'none' | 'form' | 'yaml'): void =>
    set({ cloudInit, ...(cloudInit === 'yaml' && draft.userData.trim() === '' && { userData: asYaml(form) }) });
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
        }))}
      />
      {draft.cloudInit === 'form' && <CloudForm form={form} />}
      {draft.cloudInit === 'yaml' && <CloudYaml form={form} />}
    </>
  );
}

/** The form's meaning as cloud-config. */
function asYaml(form: Form): string {
  const { cloudInit } = toInput({ ...form.draft, cloudInit: 'form' }, form.sshKeys, true);
  return cloudInit?.type === 'form' ? cloudConfig(cloudInit, form.defaultUser) : '#cloud-config\n';
}

function CloudForm({ form }: { form: Form }): ReactNode {
  const { draft, set, sshKeys } = form;
  const [shown, setShown] = useState(false);
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
      <details onToggle={(event) => setShown(event.currentTarget.open)}>
        <summary className={css.plainFold}>{t('cloud.preview')}</summary>
        {shown && (
          <CodeEditor key={asYaml(form)} label={t('cloud.preview')} value={asYaml(form)} readOnly height="small" />
        )}
      </details>
    </>
  );
}

function CloudYaml({ form }: { form: Form }): ReactNode {
  const { draft, set } = form;
  const [version, setVersion] = useState(0);
  const { findings, problem } = useFindings(draft.userData, draft.userData.trim() !== '', (api, userData, signal) =>
    api.machines.checkCloudInit({ userData }, { signal }),
  );
  return (
    <>
      <div className={css.between}>
        <span className={css.legend}>{t('cloud.userData')}</span>
        <Button
          size="small"
          tone="quiet"
          onClick={() => {
            set({ userData: asYaml(form) });
            setVersion(version + 1);
          }}
        >
          {t('cloud.fromForm')}
        </Button>
      </div>
      <CodeEditor
        key={version}
        label={t('cloud.userData')}
        value={draft.userData}
        onChange={(userData) => set({ userData })}
        findings={findings}
        height="medium"
      />
      <Findings findings={findings} />
      {problem && <ProblemView problem={problem} compact />}
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
    </>
  );
}
