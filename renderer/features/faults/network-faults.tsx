import { useState } from 'react';
import type { FaultWish, MachineFaults } from '../../../main/contract/faults.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { Card } from '../../ui/card.tsx';
import { Select } from '../../ui/select.tsx';
import { Slider } from '../../ui/slider.tsx';
import { FaultRow } from './fault-row.tsx';
import css from './faults.module.css';
import { delays, jitters, kbits, milliseconds, percent, placeOf, rates } from './scales.ts';
import { t } from './text.ts';
import { useBreaker } from './use-faults.ts';

type Way = NonNullable<FaultWish['loss']>['way'];
interface Props {
  of: ObjectRef;
  faults: MachineFaults;
  interfaces: readonly string[];
}
/** Where a fault of the network is; `all` interfaces where none is named. */
interface Place {
  of: ObjectRef;
  faults: MachineFaults;
  on: { interface?: string };
}
const everywhere = '*';

/** Loss, delay, a slow line, no names, a cable that is out. */
export function NetworkFaults({ of, faults, interfaces }: Props) {
  const [chosen, choose] = useState(everywhere);
  const on = chosen !== everywhere && interfaces.includes(chosen) ? { interface: chosen } : {};
  const place: Place = { of, faults, on };
  const link = useBreaker(of, faults, 'link');
  const dns = useBreaker(of, faults, 'dns');
  return (
    <Card title={t('network.title')}>
      <div className={css.rows}>
        {interfaces.length > 1 && (
          <div className={css.place}>
            <Select
              label={t('network.interface')}
              value={on.interface ?? everywhere}
              onChange={choose}
              options={[
                { value: everywhere, label: t('network.all') },
                ...interfaces.map((name) => ({ value: name, label: name })),
              ]}
            />
          </div>
        )}
        <Loss {...place} />
        <Delay {...place} />
        <Rate {...place} />
        <FaultRow title={t('dns')} text={t('dns.text')} breaker={dns} go={t('dns.do')} onGo={() => dns.begin({ dns: { off: true } })} />
        <FaultRow title={t('link')} text={t('link.text')} breaker={link} go={t('link.do')} onGo={() => link.begin({ link: { ...on, down: true } })} />
      </div>
    </Card>
  ); // prettier-ignore
}

function WaySelect({ value, onChange }: { value: Way; onChange: (way: Way) => void }) {
  const ways = (['in', 'out', 'both'] as const).map((way) => ({ value: way, label: t(`way.${way}`) }));
  return <Select label={t('way')} value={value} onChange={onChange} options={ways} />;
}

function Loss({ of, faults, on }: Place) {
  const breaker = useBreaker(of, faults, 'loss');
  const now = breaker.now?.wish.loss;
  const [lost, setLost] = useState(now?.percent ?? 20);
  const [way, setWay] = useState<Way>(now?.way ?? 'in');
  return (
    <FaultRow
      title={t('loss')}
      text={t('loss.text')}
      breaker={breaker}
      go={t('loss.do')}
      onGo={() => breaker.begin({ loss: { ...on, percent: lost, way } })}
    >
      <Slider label={t('loss.percent')} value={lost} onChange={setLost} max={100} text={percent(lost)} />
      <WaySelect value={way} onChange={setWay} />
    </FaultRow>
  );
}

function Delay({ of, faults, on }: Place) {
  const breaker = useBreaker(of, faults, 'delay');
  const now = breaker.now?.wish.delay;
  const [ms, setMs] = useState(placeOf(delays, now?.ms ?? 100));
  const [jitter, setJitter] = useState(placeOf(jitters, now?.jitter ?? 0));
  const [way, setWay] = useState<Way>(now?.way ?? 'both');
  const [wait = 0, spread = 0] = [delays[ms], jitters[jitter]];
  return (
    <FaultRow
      title={t('delay')}
      text={t('delay.text')}
      breaker={breaker}
      go={t('delay.do')}
      onGo={() => breaker.begin({ delay: { ...on, ms: wait, jitter: spread, way } })}
    >
      <Slider label={t('delay.ms')} value={ms} onChange={setMs} max={delays.length - 1} text={milliseconds(wait)} />
      <Slider
        label={t('delay.jitter')}
        value={jitter}
        onChange={setJitter}
        max={jitters.length - 1}
        text={spread === 0 ? t('jitter.none') : `± ${milliseconds(spread)}`}
      />
      <WaySelect value={way} onChange={setWay} />
    </FaultRow>
  );
}

function Rate({ of, faults, on }: Place) {
  const breaker = useBreaker(of, faults, 'rate');
  const now = breaker.now?.wish.rate;
  const [at, setAt] = useState(placeOf(rates, now?.kbit ?? 512));
  const [way, setWay] = useState<Way>(now?.way ?? 'both');
  const kbit = rates[at] ?? 512;
  return (
    <FaultRow
      title={t('rate')}
      text={t('rate.text')}
      breaker={breaker}
      go={t('rate.do')}
      onGo={() => breaker.begin({ rate: { ...on, kbit, way } })}
    >
      <Slider label={t('rate.kbit')} value={at} onChange={setAt} max={rates.length - 1} text={kbits(kbit)} />
      <WaySelect value={way} onChange={setWay} />
    </FaultRow>
  );
}
