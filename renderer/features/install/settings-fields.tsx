import { Card } from '../../ui/card.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { SizeField } from '../../ui/size-field.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './install.module.css';
import { MoreSettings } from './more-settings.tsx';
import type { SettingsProps } from './settings-form.ts';
import { inMore } from './settings-form.ts';
import { t } from './text.ts';

/** What a person decides, the simple first; everything has a value that fits this machine already. */
export function SettingsFields(props: SettingsProps) {
  const { form, onChange, fields } = props;
  return (
    <>
      <Card title={t('settings.use')}>
        <div className={css.form}>
          <RadioCards
            label={t('settings.mode')}
            hideLabel
            columns={2}
            value={form.mode}
            onChange={(mode) => onChange({ mode })}
            options={[
              { value: 'solo', title: t('mode.solo'), detail: t('mode.soloDetail') },
              { value: 'lan', title: t('mode.lan'), detail: t('mode.lanDetail') },
            ]}
          />
          <div className={css.pair}>
            <TextField
              label={t('settings.nodeName')}
              value={form.nodeName}
              onChange={(nodeName) => onChange({ nodeName })}
              error={fields.nodeName}
              hint={t('settings.nodeNameHint')}
              maxLength={63}
              mono
            />
            {form.mode === 'lan' && (
              <TextField
                label={t('settings.address')}
                value={form.address}
                onChange={(address) => onChange({ address })}
                error={fields.address}
                hint={t('settings.addressHint')}
                placeholder="192.168.1.60"
                mono
              />
            )}
          </div>
        </div>
      </Card>
      <Card title={t('settings.storage')}>
        <div className={css.form}>
          <RadioCards
            label={t('settings.storage')}
            hideLabel
            columns={3}
            value={form.storage}
            onChange={(storage) => onChange({ storage })}
            options={[
              {
                value: 'local-path',
                title: t('storage.local-path'),
                detail: t('storage.local-pathDetail'),
                badge: t('settings.usual'),
              },
              { value: 'pool-file', title: t('storage.pool-file'), detail: t('storage.pool-fileDetail') },
              { value: 'pool-disk', title: t('storage.pool-disk'), detail: t('storage.pool-diskDetail') },
            ]}
          />
          {form.storage === 'pool-file' && (
            <SizeField
              label={t('settings.poolSize')}
              value={form.poolSize}
              onChange={(poolSize) => onChange({ poolSize })}
              error={fields.poolSize}
              hint={t('settings.poolSizeHint')}
              min={10 * 1024 ** 3}
            />
          )}
          {form.storage === 'pool-disk' && (
            <TextField
              label={t('settings.poolDisk')}
              value={form.poolDisk}
              onChange={(poolDisk) => onChange({ poolDisk })}
              error={fields.poolDisk}
              hint={t('settings.poolDiskHint')}
              placeholder="/dev/disk/by-id/nvme-…"
              mono
            />
          )}
        </div>
      </Card>
      <Card>
        {/* A finding inside of it opens it. */}
        <details className={css.more} open={inMore(fields) || undefined}>
          <summary>{t('settings.more')}</summary>
          <MoreSettings {...props} />
        </details>
      </Card>
    </>
  );
}
