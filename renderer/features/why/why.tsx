import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import type { MachineDetail } from '../../../main/contract/machine.ts';
import type { Cure, WhyChain } from '../../../main/contract/why.ts';
import { offerOfCure } from '../../../main/contract/cure-offers.ts';
import { ago } from '../../lib/format.ts';
import { helpRoute } from '../../lib/guides.ts';
import { useNow } from '../../lib/use-now.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { ArrowDownIcon } from '../../ui/icons.tsx';
import { Button } from '../../ui/button.tsx';
import { anchorOf } from '../../ui/markdown/anchors.ts';
import { Progress } from '../../ui/progress.tsx';
import { plainWhy } from '../machines/status.ts';
import { t } from './text.ts';
import { useCures } from './use-cures.tsx';
import css from './why.module.css';

/** Milliseconds for which an ordinary start or stop needs no words: a box that flashes by tells nobody anything. */
const unremarkable = 10_000;
const ordinary = new Set<WhyChain['cause']>(['starting', 'stopping', 'moving', 'waits-for-binding']);
/** Told by a banner or a badge of their own. */
const elsewhere = new Set<WhyChain['cause']>(['restart-required', 'paused']);

/** Where the palette leads to. */
const whyAnchor = 'why';

/** The chains from what was asked for to what is in its way, with the buttons that cure it. */
export function Why({ detail }: { detail: MachineDetail }): ReactNode {
  const now = useNow();
  const section = useRef<HTMLElement>(null);
  const shown = detail.why.filter(
    ({ cause, since }) =>
      !elsewhere.has(cause) &&
      !(ordinary.has(cause) && (since === undefined || now - Date.parse(since) < unremarkable)),
  );
  const asked = new URLSearchParams(location.search).has(whyAnchor);
  const any = shown.length > 0;
  useEffect(() => {
    if (!asked || !any) return;
    section.current?.focus();
    // Asked once: the next machine's page is not about this.
    history.replaceState(history.state, '', `${location.pathname}${location.hash}`);
  }, [asked, any]);
  const { cure, busy, dialogs } = useCures(detail.row);
  if (!any) return dialogs;
  const [first] = shown;
  const bad = shown.some(({ tone }) => tone === 'problem');
  return (
    <section ref={section} tabIndex={-1} className={bad ? css.whyBad : css.why} aria-label={t('title')}>
      <h2 className={css.title}>{t(first?.tone === 'note' ? 'title.note' : 'title')}</h2>
      {shown.map((chain, at) => (
        <Chain key={chain.cause} chain={chain} first={at === 0} now={now} cure={cure} busy={busy} />
      ))}
      {dialogs}
    </section>
  );
}

interface ChainProps {
  chain: WhyChain;
  first: boolean;
  now: number;
  cure: (cure: Cure) => void;
  busy: string | undefined;
}

function Chain({ chain, first, now, cure, busy }: ChainProps): ReactNode {
  const { cause, title, steps, cures, progress, since, tone } = chain;
  return (
    <div className={css.cause} data-cause={cause}>
      <h3 className={css.name}>{first ? title : t('also', { title })}</h3>
      <ol className={css.chain}>
        {steps.map((step, at) => (
          <li key={`${step.object} ${step.says}`} className={css.step}>
            <span className={css.arrow}>{at > 0 && <ArrowDownIcon />}</span>
            <span className={css.object}>{step.object}</span>
            <span className={css.says}>{plainWhy(step.says)}</span>
          </li>
        ))}
      </ol>
      {(progress !== undefined || tone === 'wait') && <Progress value={progress} label={t('progress')} />}
      {tone === 'wait' && since !== undefined && <p className={css.since}>{t('since', { time: ago(since, now) })}</p>}
      {cures.length > 0 && (
        <ul className={css.cures} aria-label={t('cures')}>
          {cures.map((each) => (
            <li key={each.label}>
              <CureButton cure={each} onCure={cure} busy={busy === each.label} />
            </li>
          ))}
        </ul>
      )}
      <a className={css.more} href={`#${helpRoute('troubleshooting', anchorOf(title))}`}>
        {t('more')}
      </a>
    </div>
  );
}

function CureButton({ cure, onCure, busy }: { cure: Cure; onCure: (cure: Cure) => void; busy: boolean }): ReactNode {
  const offer = useOffer();
  const { action } = cure;
  const id = offerOfCure(action);
  const lack = id && offer(id);
  if (action.type === 'page')
    return (
      <Button size="small" tone="quiet" to={action.to}>
        {cure.label}
      </Button>
    );
  return (
    <Button size="small" busy={busy} why={lack} title={cure.detail} onClick={() => onCure(cure)}>
      {cure.label}
    </Button>
  );
}
