import type { BoxImageRow, StickDrive, StickPlace } from '../../../../main/contract/box/sticks.ts';
import { bytes } from '../../../lib/format.ts';
import type { Action } from '../../../lib/use-call.ts';
import { Banner } from '../../../ui/banner.tsx';
import { Button } from '../../../ui/button.tsx';
import { Card } from '../../../ui/card.tsx';
import { Checkbox } from '../../../ui/checkbox.tsx';
import { UsbIcon } from '../../../ui/icons.tsx';
import { KeyValue } from '../../../ui/key-value.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import css from '../boxes.module.css';
import { driveOf } from './draft.ts';
import type { SetDraft, StickDraft } from './draft.ts';
import own from './stick.module.css';
import { t } from './text.ts';
import type { Check } from './use-check.ts';

interface Props {
  draft: StickDraft;
  set: SetDraft;
  image: BoxImageRow | undefined;
  place: StickPlace | undefined;
  drives: readonly StickDrive[];
  check: Check;
  write: Pick<Action<never, { taskId: string }>, 'busy' | 'problem'>;
}

/** What will happen, in words, and the one button that does it. */
export function Summary({ draft, set, image, place, drives, check  , write }: Props) {
  const drive = draft.target === 'drive' ? driveOf(draft, drives) : undefined;
  const wrong = Object.keys(check.fields).length;
  const why = (): string | undefined => {
    if (!image) return t('why.image');
    if (draft.target === 'drive' && !drive) return t('why.drive');
    if (!place) return t(draft.target === 'drive' ? 'why.typed' : 'why.file');
    if (wrong > 0) return t('why.fields', { n: wrong });
    if (draft.enrol && draft.days === undefined) return t('why.days');
    return check.checking ? t('why.checking') : undefined;
  };
  const small = drive && image?.facts && image.facts.size > drive.size;
  return (
    <div className={own.summary}>
      <Card title={t('summary')}>
        <div className={css.stack}>
          <KeyValue
            items={[
              { label: t('sum.image'), value: image?.facts ? t('image.version', { version: image.facts.version }) : t('sum.missing') },
              { label: t('sum.place'), value: drive ? drive.model || drive.path : draft.target === 'file' && draft.path ? draft.path : t('sum.missing') },
              { label: t('sum.box'), value: draft.hostName },
              { label: t('sum.disk'), value: draft.mode === 'try' ? t('mode.try') : t(`rule.${draft.rule}`) },
              { label: t('sum.trust'), value: draft.enrol ? t('sum.enrol', { n: draft.days ?? 7 }) : t('sum.code') },
            ]}
          />
          {drive && (
            <Banner tone="warning" title={t('erased', { name: drive.model || drive.path })}>
              {t('erased.text', { path: drive.path, size: bytes(drive.size), serial: drive.serial || '–', content: drive.content })}
            </Banner>
          )}
          {small && <p className={css.bad}>{t('small')}</p>}
          {image?.facts?.payload === 'internet' && <p className={css.muted}>{t('payload.internetNote')}</p>}
          {draft.target === 'drive' && <Checkbox label={t('full')} hint={t('full.hint')} checked={draft.fullCheck} onChange={(fullCheck) => set({ fullCheck })} />}
          {write.problem && <ProblemView problem={write.problem} compact />}
          {check.problem && <ProblemView problem={check.problem} compact />}
          <Button type="submit" tone="primary" icon={UsbIcon} busy={write.busy} why={why()}>
            {t(draft.target === 'drive' ? 'write' : 'writeFile')}
          </Button>
          <p className={css.muted}>{t('summary.text')}</p>
        </div>
      </Card>
    </div>
  );
} // prettier-ignore
