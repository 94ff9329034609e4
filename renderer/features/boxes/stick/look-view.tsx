import type { StickLook } from '../../../../main/contract/box/sticks.ts';
import { dateTime, number } from '../../../lib/format.ts';
import { Banner } from '../../../ui/banner.tsx';
import { KeyValue } from '../../../ui/key-value.tsx';
import css from '../boxes.module.css';
import { t } from './text.ts';

const tones = { good: 'ok', damaged: 'problem', foreign: 'warning' } as const;

/** What a written stick holds, and whether it is whole. */
export function LookView({ look }: { look: StickLook }) {
  const { image, verdict, why, settings, badOffset } = look;
  return (
    <div className={css.stack}>
      <Banner tone={tones[verdict]} title={t(`verdict.${verdict}`)}>
        {why}
        {badOffset !== undefined && ` ${t('verdict.offset', { n: number(badOffset) })}`}
      </Banner>
      <KeyValue
        items={[
          ...(image
            ? [{ label: t('sum.image'), value: t('image.version', { version: image.version }) }, { label: t('look.signed'), value: image.signedBy }]
            : []),
          ...(settings
            ? [
                { label: t('sum.box'), value: settings.hostName },
                { label: t('sum.disk'), value: settings.mode === 'try' ? t('mode.try') : t(`rule.${settings.disk.rule}`) },
                { label: t('look.enrol'), value: settings.enrolment ? t('look.enrolled', { app: settings.enrolment.app, at: dateTime(settings.enrolment.expires) }) : t('look.noEnrol') },
                { label: t('look.used'), value: settings.done ? t('look.done', { at: dateTime(settings.done.at), disk: settings.done.disk }) : t('look.notYet') },
              ]
            : []),
        ]}
      />
    </div>
  );
} // prettier-ignore
