import { useState } from 'react';
import type { Settings } from '../../../main/contract/settings.ts';
import { languages } from '../../lib/language.ts';
import { settings, useLive } from '../../lib/resources.ts';
import { Select } from '../../ui/select.tsx';
import { t } from './text.ts';
import { useSave } from './use-save.ts';

/** The language of the pages; another one begins them anew. */
export function LanguageSelect({ hideLabel = false }: { hideLabel?: boolean }) {
  const { value } = useLive(settings);
  const save = useSave();
  const [chosen, setChosen] = useState<Settings['language']>();
  return (
    <Select<Settings['language']>
      label={t('language')}
      hideLabel={hideLabel}
      value={chosen ?? value?.language ?? 'system'}
      onChange={(language) => {
        setChosen(language);
        void save.run({ language }).then(() => setChosen(undefined));
      }}
      options={[
        { value: 'system', label: t('language.system') },
        ...languages.map(({ code, name }) => ({ value: code, label: name })),
      ]}
    />
  );
}
