import type { ReactNode } from 'react';
import type { MachineDetail, MachineDisk } from '../../../main/contract/machine.ts';
import { bytes } from '../../lib/format.ts';
import { Card } from '../../ui/card.tsx';
import css from './machine.module.css';
import { t } from './text.ts';

/** Its disks as the guest sees them. */
export function DisksTab({ detail: { disks } }: { detail: MachineDetail }): ReactNode {
  return (
    <Card title={t('disks.title')} flush>
      {disks.length === 0 ? (
        <p className={css.padded}>{t('disks.none')}</p>
      ) : (
        <div className={css.scroll}>
          <table className={css.table}>
            <thead>
              <tr>
                <th scope="col">{t('disks.name')}</th>
                <th scope="col">{t('disks.kind')}</th>
                <th scope="col">{t('disks.source')}</th>
                <th scope="col" className={css.end}>
                  {t('disks.size')}
                </th>
                <th scope="col" className={css.end}>
                  {t('disks.used')}
                </th>
                <th scope="col" className={css.end}>
                  {t('disks.boot')}
                </th>
              </tr>
            </thead>
            <tbody>
              {disks.map((disk) => (
                <Row key={disk.name} disk={disk} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function Row({ disk }: { disk: MachineDisk }): ReactNode {
  return (
    <tr>
      <th scope="row">
        {disk.name}
        {disk.status !== undefined && disk.status !== '' && (
          <span className={css.under}>{disk.status === 'Succeeded' ? t('disks.ready') : disk.status}</span>
        )}
      </th>
      <td>
        {t(`disks.kind.${disk.kind}`)}
        <span className={css.under}>{[disk.bus, disk.readOnly && t('disks.readOnly')].filter(Boolean).join(', ')}</span>
      </td>
      <td className={css.wrap}>{disk.source}</td>
      <td className={css.end}>{bytes(disk.size)}</td>
      <td className={css.end}>{bytes(disk.used)}</td>
      <td className={css.end}>{disk.bootOrder ?? '–'}</td>
    </tr>
  );
}
