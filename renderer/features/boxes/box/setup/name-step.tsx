import { useState } from 'react';
import { hostNameSchema } from '../../../../../main/contract/box/words.ts';
import { Button } from '../../../../ui/button.tsx';
import { Combobox } from '../../../../ui/combobox.tsx';
import { ProblemView } from '../../../../ui/problem-view.tsx';
import { Select } from '../../../../ui/select.tsx';
import { TextField } from '../../../../ui/text-field.tsx';
import css from '../../boxes.module.css';
import { keyboards, languages, timeZones } from '../../regions.ts';
import { useAct, useBox } from '../door.ts';
import { t } from '../text.ts';

/** What it is called and where it stands. */
export function NameStep({ onDone }: { onDone: () => void }) {
  const { state, away } = useBox();
  const [wishes, setWishes] = useState(state.wishes);
  const [tried, setTried] = useState(false);
  const act = useAct({ onDone });
  const set = (part: Partial<typeof wishes>): void => setWishes((before) => ({ ...before, ...part }));
  const parsed = hostNameSchema.safeParse(wishes.hostName);
  const wrong = parsed.success ? undefined : parsed.error.issues[0]?.message;
  const { keyboard, timeZone, language, hostName } = wishes;
  return (
    <form
      noValidate
      className={css.stack}
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (parsed.success) void act.run({ do: 'name', hostName, keyboard, timeZone, language });
      }}
    >
      <div className={css.pair}>
        <TextField label={t('name.host')} hint={t('name.hostHint')} value={hostName} onChange={(next) => set({ hostName: next })} error={tried ? wrong : undefined} maxLength={63} mono />
        <Combobox label={t('name.zone')} value={timeZone} onChange={(next) => set({ timeZone: next })} options={timeZones(timeZone)} />
        <Combobox label={t('name.keyboard')} value={keyboard} onChange={(next) => set({ keyboard: next })} options={keyboards(keyboard)} />
        <Select label={t('name.language')} value={language} onChange={(next) => set({ language: next })} options={languages(language)} />
      </div>
      {act.problem && <ProblemView problem={act.problem} compact />}
      <div>
        <Button type="submit" tone="primary" busy={act.busy} why={away}>
          {t('save')}
        </Button>
      </div>
    </form>
  );
} // prettier-ignore
