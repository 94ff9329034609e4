import { useState } from 'react';
import type { FaultWish, MachineFaults } from '../../../main/contract/faults.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { Card } from '../../ui/card.tsx';
import { Select } from '../../ui/select.tsx';
import { Slider } from '../../ui/slider.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { FaultRow } from './fault-row.tsx';
import css from './faults.module.css';
import { jump, jumps, percent, placeOf } from './scales.ts';
import { t } from './text.ts';
import { useBreaker } from './use-faults.ts';

interface Props {
  of: ObjectRef;
  faults: MachineFaults;
}

/** A full disk, a wrong clock, a process that ends. */
export function GuestFaults(props: Props) {
  return (
    <Card title={t('guest.title')}>
      <div className={css.rows}>
        <Disk {...props} />
        <Clock {...props} />
        <Process {...props} />
      </div>
    </Card>
  );
}

function Disk({ of, faults }: Props) {
  const breaker = useBreaker(of, faults, 'disk');
  const [full, setFull] = useState(breaker.now?.wish.disk?.percent ?? 100);
  return (
    <FaultRow
      title={t('disk')}
      text={t('disk.text')}
      breaker={breaker}
      go={t('disk.do')}
      onGo={() => breaker.begin({ disk: { percent: full } })}
    >
      <Slider label={t('disk.percent')} value={full} onChange={setFull} min={50} max={100} text={percent(full)} />
    </FaultRow>
  );
}

function Clock({ of, faults }: Props) {
  const breaker = useBreaker(of, faults, 'clock');
  const [at, setAt] = useState(placeOf(jumps, breaker.now?.wish.clock?.seconds ?? 3600));
  const seconds = jumps[at] ?? 3600;
  return (
    <FaultRow
      title={t('clock')}
      text={t('clock.text')}
      breaker={breaker}
      go={t('clock.do')}
      onGo={() => breaker.begin({ clock: { seconds } })}
    >
      <Slider label={t('clock.seconds')} value={at} onChange={setAt} max={jumps.length - 1} text={jump(seconds)} />
    </FaultRow>
  );
}

type Signal = NonNullable<FaultWish['process']>['signal'];
function Process({ of, faults }: Props) {
  const breaker = useBreaker(of, faults, 'process');
  const [name, setName] = useState('');
  const [signal, setSignal] = useState<Signal>('KILL');
  const bad = name !== '' && !/^[A-Za-z0-9._-]{1,100}$/.test(name) ? t('process.bad') : undefined;
  const signals = (['KILL', 'TERM', 'STOP'] as const).map((each) => ({ value: each, label: t(`process.${each}`) }));
  return (
    <FaultRow
      title={t('process')}
      text={t('process.text')}
      breaker={breaker}
      go={t('process.do')}
      wrong={name === '' ? t('process.empty') : bad}
      onGo={() => breaker.begin({ process: { name, signal } })}
      again
    >
      <TextField
        label={t('process.name')}
        placeholder={t('process.placeholder')}
        value={name}
        onChange={setName}
        error={bad}
        mono
      />
      <Select label={t('process.signal')} value={signal} onChange={setSignal} options={signals} />
    </FaultRow>
  );
}
