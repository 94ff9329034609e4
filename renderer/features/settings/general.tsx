import { useState } from 'react';
import type { Settings, SettingsPatch } from '../../../main/contract/settings.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { MoonIcon, ScreenIcon, SunIcon } from '../../ui/icons.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { Switch } from '../../ui/switch.tsx';
import { LanguageSelect } from './language-select.tsx';
import css from './settings.module.css';
import { t } from './text.ts';
import { useSave } from './use-save.ts';
import type { SectionProps } from './use-save.ts';

export function General({ settings }: SectionProps) {
  const save = useSave();
  // What was just chosen shows at once; the answer confirms it.
  const [chosen, setChosen] = useState<SettingsPatch>();
  const choose = async (patch: SettingsPatch): Promise<void> => {
    setChosen(patch);
    await save.run(patch);
    setChosen(undefined);
  };
  return (
    <>
      <Card title={t('theme')}>
        <RadioCards<Settings['theme']>
          label={t('theme')}
          hideLabel
          columns={3}
          value={chosen?.theme ?? settings.theme}
          onChange={(theme) => void choose({ theme })}
          options={[
            { value: 'system', title: t('theme.system'), icon: ScreenIcon },
            { value: 'dark', title: t('theme.dark'), icon: MoonIcon },
            { value: 'light', title: t('theme.light'), icon: SunIcon },
          ]}
        />
      </Card>
      <Card title={t('language')}>
        <div className={css.stack}>
          <LanguageSelect hideLabel />
          <p className={css.text}>{t('language.text')}</p>
        </div>
      </Card>
      <Card title={t('exit.title')}>
        <Switch
          label={t('exit.label')}
          hint={t('exit.hint')}
          checked={chosen?.stopMachinesOnExit ?? settings.stopMachinesOnExit}
          onChange={(stopMachinesOnExit) => void choose({ stopMachinesOnExit })}
        />
      </Card>
      <Card title={t('setup.title')}>
        <div className={css.row}>
          <p className={css.text}>{t('setup.text')}</p>
          <Button to="/setup">{t('setup.run')}</Button>
        </div>
      </Card>
    </>
  );
}
