import { Button } from '../../ui/button.tsx';
import { BoxIcon, FlameIcon, UsbIcon } from '../../ui/icons.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import type { StepProps } from './step-props.ts';
import { StepFrame } from './step-frame.tsx';
import { t } from './text.ts';

export function PlaceStep({ change }: StepProps) {
  return (
    <StepFrame
      title={t('place.title')}
      text={t('place.text')}
      onBack={() => change({ step: 'host' })}
      onSubmit={() => change({ step: 'image' })}
      next={
        <Button tone="primary" type="submit">
          {t('next')}
        </Button>
      }
    >
      <RadioCards
        label={t('place.label')}
        hideLabel
        columns={1}
        value="lab"
        onChange={() => undefined}
        options={[
          {
            value: 'lab',
            title: t('place.lab'),
            detail: t('place.labDetail'),
            badge: t('place.labBadge'),
            icon: FlameIcon,
          },
          {
            value: 'local',
            title: t('place.local'),
            detail: t('place.localDetail'),
            icon: BoxIcon,
            why: t('place.localWhy'),
          },
          { value: 'box', title: t('place.box'), detail: t('place.boxDetail'), icon: UsbIcon, why: t('place.boxWhy') },
        ]}
      />
    </StepFrame>
  );
}
