import { RadioCards } from '../../../../ui/radio-cards.tsx';
import { SizeField } from '../../../../ui/size-field.tsx';
import { Switch } from '../../../../ui/switch.tsx';
import css from '../../boxes.module.css';
import { t } from '../text.ts';
import type { PartProps } from './part.ts';

/** What is set up by itself after the first start. */
export function InstallPart({ draft, set, fields }: PartProps) {
  return (
    <div className={css.stack}>
      <Switch label={t('install')} hint={t('install.text')} checked={draft.install} onChange={(install) => set({ install })} />
      {draft.install && (
        <>
          <RadioCards
            label={t('storage')}
            columns={2}
            value={draft.storage}
            onChange={(storage) => set({ storage })}
            options={[
              { value: 'local-path', title: t('storage.local-path'), detail: t('storage.local-pathText'), badge: t('usual') },
              { value: 'pool-file', title: t('storage.pool-file'), detail: t('storage.pool-fileText') },
            ]}
          />
          {draft.storage === 'pool-file' && (
            <SizeField label={t('storage.size')} hint={t('storage.sizeHint')} value={draft.poolSize} onChange={(poolSize) => set({ poolSize })} error={fields['appliance.poolSize']} min={10 * 1024 ** 3} />
          )}
        </>
      )}
    </div>
  );
} // prettier-ignore
