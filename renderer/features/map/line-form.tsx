import type { ReactNode } from 'react';
import type { LineResult, LineWish, MapNode, NetworkMap } from '../../../main/contract/map.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { ToneIcon } from '../../ui/status.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './map.module.css';
import type { Tried } from './picture.tsx';
import { t } from './text.ts';
import { endOf, kindName } from './use-map.ts';

export interface LineDraft {
  /** Ids of nodes; `outside` and `address` are no node. */
  from?: string;
  to?: string;
  address: string;
  port?: number | undefined;
}
interface Props {
  map: NetworkMap;
  system: boolean;
  draft: LineDraft;
  onDraft: (change: Partial<LineDraft>) => void;
  tried: Tried | undefined;
  onTried: (tried: Tried | undefined) => void;
}

/** What is asked for; undefined while a part of it is missing. Pure. */
export function wishOf(nodes: readonly MapNode[], { from, to, address, port }: LineDraft): LineWish | undefined {
  const node = (id: string | undefined): MapNode | undefined => nodes.find((each) => each.id === id);
  const [a, b] = [node(from), node(to)];
  const start: LineWish['from'] | undefined = from === 'outside' ? { kind: 'outside' } : a && endOf(a);
  const end: LineWish['to'] | undefined = to === 'address' ? (address.trim() === '' ? undefined : { kind: 'address', address: address.trim() }) : b && endOf(b); // prettier-ignore
  return start && end && port !== undefined ? { from: start, to: end, port } : undefined;
}

/** Two ends and a port, and what came of the try. */
export function LineForm({ map, system, draft, onDraft, tried, onTried }: Props): ReactNode {
  const offer = useOffer();
  const nodes = map.nodes.filter((node) => system || !node.system);
  const options = nodes.map((node) => ({
    value: node.id,
    label: node.namespace === 'default' ? node.name : `${node.namespace}/${node.name}`,
    detail: `${kindName(node)} · ${t(`status.${node.tone}`)}`,
  }));
  const wish = wishOf(nodes, draft);
  const test = useAction((api, wanted: LineWish) => api.map.testLine(wanted), {
    onDone: (result) => onTried({ result, ...(draft.from && { from: draft.from }), ...(draft.to && { to: draft.to }) }),
    onProblem: () => onTried(undefined),
  });
  const change = (part: Partial<LineDraft>): void => {
    onTried(undefined);
    onDraft(part);
  };
  const why = offer('map.testLine') ?? (wish ? undefined : t('line.needs'));
  return (
    <Card title={t('line.title')}>
      <form
        className={css.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (wish && why === undefined) void test.run(wish);
        }}
      >
        <p className={css.muted}>{t('line.text')}</p>
        <Combobox
          label={t('line.from')}
          value={draft.from}
          onChange={(from) => change({ from })}
          options={[{ value: 'outside', label: t('line.outside') }, ...options]}
        />
        <Combobox
          label={t('line.to')}
          value={draft.to}
          onChange={(to) => change({ to })}
          options={[...options, { value: 'address', label: t('line.address') }]}
        />
        {draft.to === 'address' && (
          <TextField
            label={t('line.addressField')}
            value={draft.address}
            onChange={(address) => change({ address })}
            error={test.problem?.fields?.['to.address']}
            mono
          />
        )}
        <NumberField
          label={t('line.port')}
          value={draft.port}
          onChange={(port) => change({ port })}
          min={1}
          max={65_535}
        />
        <Button tone="primary" type="submit" busy={test.busy} why={why}>
          {t('line.test')}
        </Button>
        {test.problem && <ProblemView problem={test.problem} compact />}
      </form>
      <div aria-live="polite">{tried && <Result result={tried.result} />}</div>
    </Card>
  );
}

const tones = { ok: 'ok', failed: 'problem', unknown: 'warning' } as const;

function Result({ result: { reached, broken, steps } }: { result: LineResult }): ReactNode {
  return (
    <ol className={css.steps} aria-label={t('line.steps')}>
      <li className={css.step}>
        <ToneIcon tone={reached ? 'ok' : broken ? 'problem' : 'warning'} />
        <strong>{t(reached ? 'line.reached' : broken ? 'line.broken' : 'line.unknown')}</strong>
      </li>
      {steps.map(({ id, state, says, fix }) => (
        <li key={id} className={css.step} data-step={id} data-state={state}>
          <ToneIcon tone={tones[state]} />
          <span>
            {says}
            <span className="visually-hidden"> ({t(`step.${state}`)})</span>
          </span>
          {fix && state !== 'ok' && <span className={css.fix}>{fix}</span>}
        </li>
      ))}
    </ol>
  );
}
