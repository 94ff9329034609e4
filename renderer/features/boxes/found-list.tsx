import { useState } from 'react';
import { useLocation } from 'wouter';
import type { FoundBox } from '../../../main/contract/box/boxes.ts';
import { useList } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { ComputerIcon, LinkIcon } from '../../ui/icons.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import css from './boxes.module.css';
import { PairDialog } from './pair-dialog.tsx';
import { foundBoxes } from './resources.ts';
import { t } from './text.ts';
import { plainAddress, shortPrint } from './view.ts';

const order = (a: FoundBox, b: FoundBox): number =>
  Number(b.enrolment ?? false) - Number(a.enrolment ?? false) ||
  (a.hello?.name ?? a.address).localeCompare(b.hello?.name ?? b.address);

/** What answers and is not paired yet; that of a stick made here first, which needs no typing. */
export function FoundList({ empty }: { empty: string }) {
  const { items } = useList(foundBoxes);
  const rows = items.filter((row) => row.known === undefined && row.hello !== undefined).sort(order);
  const [asking, setAsking] = useState<FoundBox>();
  const [, go] = useLocation();
  const pair = useAction(
    (api, { address, fingerprint }: FoundBox) => api.boxes.pair({ address, ...(fingerprint !== undefined && { fingerprint }) }),
    {
      onDone: ({ id }, box) => {
        toast({ title: t('pair.done', { name: box.hello?.name ?? box.address }) });
        go(`/boxes/${encodeURIComponent(id)}`);
      },
      // The secret was of no use there: its code is.
      onProblem: (problem, box) => (box.hello?.pairing.code ? setAsking({ ...box, problem }) : toastProblem(problem)),
    },
  );
  if (rows.length === 0) return <p className={`${css.pad} ${css.muted}`}>{empty}</p>;
  return (
    <>
      <ul aria-label={t('find.label')}>
        {rows.map((row) => (
          <li key={row.address} className={css.row} data-found={row.address}>
            <span className={css.icon}>
              <ComputerIcon size={20} />
            </span>
            <div className={css.words}>
              <span className={css.name}>
                {row.hello?.name}
                {row.enrolment && <span className={`${css.chip} ${css.goodChip}`}>{t('find.mine')}</span>}
              </span>
              <span className={css.sub}>
                {[plainAddress(row.address), row.hello && t(`stage.${row.hello.stage}`), t(`how.${row.how}`)].join(' · ')}
              </span>
              {row.fingerprint && <span className={css.sub}>{t('find.key', { key: shortPrint(row.fingerprint) })}</span>}
            </div>
            <div className={css.actions}>
              <Button
                size="small"
                tone={row.enrolment ? 'primary' : 'plain'}
                icon={LinkIcon}
                busy={pair.busy && pair.pending?.address === row.address}
                onClick={() => (row.enrolment ? void pair.run(row) : setAsking(row))}
              >
                {t('pair')}
                <span className="visually-hidden"> {row.hello?.name}</span>
              </Button>
            </div>
          </li>
        ))}
      </ul>
      {asking && <PairDialog box={asking} onClose={() => setAsking(undefined)} />}
    </>
  );
} // prettier-ignore
