import type { Appliance } from '../../../main/contract/appliance.ts';
import { bytes, dateTime } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import { Meter } from '../../ui/meter.tsx';
import { ToneIcon } from '../../ui/status.tsx';
import { Tooltip } from '../../ui/tooltip.tsx';
import css from './appliance.module.css';
import { t } from './text.ts';
import { useActWhy } from './use-act-why.ts';
import { certificateTone } from './view.ts';

export type Upgrade = Appliance['upgrades'][number];

export function Versions({ row, onUpgrade }: { row: Appliance; onUpgrade: (upgrade: Upgrade) => void }) {
  const actWhy = useActWhy();
  return (
    <Card title={t('versions')}>
      <div className={css.stack}>
        <KeyValue
          items={(['k3s', 'kubevirt', 'cdi'] as const).map((part) => ({
            label: t(`part.${part}`),
            value: row.versions[part] ?? t('notThere'),
            mono: true,
          }))}
        />
        {row.upgrades.length === 0 && row.state === 'running' && <p className={css.muted}>{t('upToDate')}</p>}
        {row.upgrades.map((upgrade) => (
          <div key={`${upgrade.part}${upgrade.to}`} className={css.offer}>
            <div className={css.words}>
              <p className={css.title}>{t('upgrade.to', { part: t(`part.${upgrade.part}`), to: upgrade.to })}</p>
              <p className={css.detail}>{upgrade.note}</p>
            </div>
            <Button size="small" why={actWhy(row, 'upgrade')} onClick={() => onUpgrade(upgrade)}>
              {t('upgrade.open')}
              <span className="visually-hidden"> {t(`part.${upgrade.part}`)}</span>
            </Button>
          </div>
        ))}
      </div>
    </Card>
  );
}

/** What the appliance takes for itself: so much is not there for machines. */
export function Use({ row }: { row: Appliance }) {
  const { use, disk, datastore } = row;
  const memory = use.reduce((sum, part) => sum + part.memory, 0);
  const cpu = use.reduce((sum, part) => sum + part.cpu, 0);
  return (
    <Card title={t('use')}>
      <div className={css.stack}>
        {use.length === 0 && <p className={css.muted}>{t('use.none')}</p>}
        {use.length > 0 && (
          <table className={css.table}>
            <thead>
              <tr>
                <th scope="col">{t('use.part')}</th>
                <th scope="col">{t('use.memory')}</th>
                <th scope="col">{t('use.cpu')}</th>
              </tr>
            </thead>
            <tbody>
              {use.map((part) => (
                <tr key={part.part}>
                  <th scope="row">
                    {part.part === 'other' ? t('use.other') : part.part}{' '}
                    <span className={css.muted}>{t('use.pods', { n: part.pods })}</span>
                  </th>
                  <td>{bytes(part.memory)}</td>
                  <td>{t('use.cores', { cores: part.cpu.toFixed(2) })}</td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row">{t('use.all')}</th>
                <td>{bytes(memory)}</td>
                <td>{t('use.cores', { cores: cpu.toFixed(2) })}</td>
              </tr>
            </tfoot>
          </table>
        )}
        {disk && (
          <Meter
            label={t('disk', { path: disk.path })}
            value={disk.total - disk.free}
            max={disk.total}
            text={t('disk.free', { free: bytes(disk.free), total: bytes(disk.total) })}
            detail={t('disk.volumes', { size: bytes(disk.volumes) })}
          />
        )}
        {datastore.size !== undefined && (
          <p className={css.muted}>{t(`datastore.${datastore.kind}`, { size: bytes(datastore.size) })}</p>
        )}
      </div>
    </Card>
  );
}

export function Certificates({ row, onRenew }: { row: Appliance; onRenew: () => void }) {
  const actWhy = useActWhy();
  if (row.certificates.length === 0) return null;
  const sorted = [...row.certificates].sort((a, b) => a.days - b.days);
  return (
    <Card
      title={t('certificates')}
      actions={
        <Button size="small" tone="quiet" why={actWhy(row, 'renew-certificates')} onClick={onRenew}>
          {t('certificates.renew')}
        </Button>
      }
    >
      <ul className={css.rows}>
        {sorted.map((each) => (
          <li key={each.name} className={css.certificate}>
            <ToneIcon tone={certificateTone(each.days)} />
            <span className={css.grow}>{each.name}</span>
            <Tooltip text={dateTime(each.notAfter)}>
              {/* oxlint-disable-next-line no-noninteractive-tabindex -- its tooltip holds the exact date */}
              <span className={css.number} tabIndex={0}>
                {each.days < 0 ? t('certificates.over', { n: -each.days }) : t('certificates.days', { n: each.days })}
              </span>
            </Tooltip>
          </li>
        ))}
      </ul>
      <p className={css.muted}>{t('certificates.text')}</p>
    </Card>
  );
}
