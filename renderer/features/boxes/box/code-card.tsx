import { Card } from '../../../ui/card.tsx';
import css from '../boxes.module.css';
import { t } from './text.ts';

/** The digits that the screen of the box shows, on its own pages. */
export function CodeCard({ code }: { code: { digits: string } }) {
  return (
    <Card title={t('own.code')}>
      <div className={css.stack}>
        <p className={css.code}>{`${code.digits.slice(0, 4)} ${code.digits.slice(4)}`}</p>
        <p className={css.muted}>{t('own.codeText')}</p>
      </div>
    </Card>
  );
}
