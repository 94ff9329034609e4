import { Checkbox } from '../../ui/checkbox.tsx';
import { Select } from '../../ui/select.tsx';
import { TextArea } from '../../ui/text-area.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { BundleCheck } from './bundle-check.tsx';
import css from './install.module.css';
import { fromForm } from './settings-form.ts';
import type { SettingsForm, SettingsProps } from './settings-form.ts';
import { t } from './text.ts';

/** What hardly anyone has to change. */
export function MoreSettings({ form, onChange, fields, report }: SettingsProps) {
  const text = (field: keyof SettingsForm, label: string, hint?: string, placeholder?: string) => (
    <TextField
      label={label}
      value={String(form[field] ?? '')}
      onChange={(value) => onChange({ [field]: value })}
      error={fields[field]}
      hint={hint}
      placeholder={placeholder}
      mono
    />
  );
  const known = report.versions.some((each) => each.k3s === form.version);
  return (
    <div className={css.form}>
      <div className={css.pair}>
        <Select
          label={t('settings.version')}
          value={form.version}
          onChange={(version) => onChange({ version })}
          error={fields.version}
          options={[
            ...report.versions.map((each) => ({
              value: each.k3s,
              label: `k3s ${each.k3s}`,
              detail: t('settings.versionDetail', { title: each.title, kubevirt: each.kubevirt, cdi: each.cdi }),
            })),
            ...(known ? [] : [{ value: form.version, label: `k3s ${form.version}` }]),
          ]}
        />
        {text('volumes', t('settings.volumes'), t('settings.volumesHint'))}
        {text('clusterCidr', t('settings.clusterCidr'), t('settings.cidrHint'))}
        {text('serviceCidr', t('settings.serviceCidr'))}
        {text('dns', t('settings.dns'), t('settings.dnsHint'), '192.168.1.1')}
        {text('tlsNames', t('settings.tlsNames'), t('settings.tlsNamesHint'), 'box.example.org')}
        {text('mirror', t('settings.mirror'), t('settings.mirrorHint'), 'http://mirror.lan/hearth')}
        <div className={css.stack}>
          {text('bundle', t('settings.bundle'), t('settings.bundleHint'), '/media/stick/bundle.hearth')}
          {form.bundle.trim() !== '' && (
            <BundleCheck path={form.bundle} settings={fromForm(form, report.versions, report.suggested)} />
          )}
        </div>
        {text('proxyHttps', t('settings.proxyHttps'), t('settings.proxyHint'), 'http://proxy.lan:3128')}
        {text('proxyHttp', t('settings.proxyHttp'), undefined, 'http://proxy.lan:3128')}
        {text('proxyNo', t('settings.proxyNo'), t('settings.proxyNoHint'), '.lan, 192.168.0.0/16')}
      </div>
      <TextArea
        label={t('settings.ca')}
        value={form.ca}
        onChange={(ca) => onChange({ ca })}
        error={fields.ca}
        hint={t('settings.caHint')}
        rows={4}
        optional
        mono
      />
      <Checkbox
        label={t('settings.etcd')}
        hint={t('settings.etcdHint')}
        checked={form.etcd}
        onChange={(etcd) => onChange({ etcd })}
      />
    </div>
  );
}
