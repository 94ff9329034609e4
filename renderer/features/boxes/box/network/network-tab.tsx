import { Card } from '../../../../ui/card.tsx';
import css from '../../boxes.module.css';
import { useBox } from '../door.ts';
import { t } from '../text.ts';
import { Addresses, networkNow } from './addresses.tsx';
import { NetworkForm } from './network-form.tsx';

export function NetworkTab() {
  const { state } = useBox();
  return (
    <div className={css.columns}>
      <Card title={t('network.change')}>
        <NetworkForm key={JSON.stringify(state.network.current)} />
      </Card>
      <div className={css.column}>
        <Card title={t('network.cards')} flush>
          <Addresses addresses={state.addresses} />
        </Card>
        <p className={css.muted}>{t('network.now', { words: networkNow(state) })}</p>
      </div>
    </div>
  );
}
