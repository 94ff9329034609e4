import { useState } from 'react';
import type { ReactNode } from 'react';
import type { MapNode, NetworkMap } from '../../../main/contract/map.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Fold, Folds } from '../../ui/fold.tsx';
import { NetworkIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Switch } from '../../ui/switch.tsx';
import { LineForm } from './line-form.tsx';
import type { LineDraft } from './line-form.tsx';
import css from './map.module.css';
import { Picture } from './picture.tsx';
import type { Tried } from './picture.tsx';
import { t } from './text.ts';
import { cardsOf, kindName, pageOf, serviceWords, useMap } from './use-map.ts';

/** Who hangs on what, drawn and as a table, and a line that is really tried. */
export function MapTab(): ReactNode {
  const { value: map, problem, state } = useMap();
  const [system, setSystem] = useState(false);
  const [chosen, setChosen] = useState<string>();
  const [draft, setDraft] = useState<LineDraft>({ address: '' });
  const [tried, setTried] = useState<Tried>();
  if (!map) return problem && state === 'error' ? <ProblemView problem={problem} /> : <Skeleton height="block" count={2} />;
  const nodes = map.nodes.filter((node) => system || !node.system);
  const node = nodes.find(({ id }) => id === chosen);
  const change = (part: Partial<LineDraft>): void => setDraft((now) => ({ ...now, ...part }));
  const use = (part: Partial<LineDraft>): void => {
    setTried(undefined);
    change(part);
  };
  return (
    <>
      <div className={css.bar}>
        <p className={css.muted}>{t('hint')}</p>
        {map.nodes.some((each) => each.system) && <Switch label={t('system')} checked={system} onChange={setSystem} />}
      </div>
      <div className={css.split}>
        <div>
          {nodes.length === 0 ? (
            <EmptyState icon={NetworkIcon} title={t('empty.title')}>
              {t('empty.text')}
            </EmptyState>
          ) : (
            <Picture map={map} system={system} chosen={node?.id} onChoose={(id) => setChosen((now) => (now === id ? undefined : id))} tried={tried} />
          )}
          {nodes.length > 0 && <Table map={map} nodes={nodes} />}
        </div>
        <div className={css.aside}>
          {nodes.length > 0 && (
            <Card title={node ? node.name : t('label')}>
              {node ? <Chosen map={map} node={node} onUse={use} /> : <p className={css.muted}>{t('chosen.none')}</p>}
            </Card>
          )}
          <LineForm map={map} system={system} draft={draft} onDraft={change} tried={tried} onTried={setTried} />
        </div>
      </div>
    </>
  );
} // prettier-ignore

function Chosen({ map, node, onUse }: { map: NetworkMap; node: MapNode; onUse: (part: Partial<LineDraft>) => void }): ReactNode {
  return (
    <div className={css.form}>
      <p className={css.muted}>{[kindName(node), t(`status.${node.tone}`), ...cardsOf(map, node.id)].join(' · ')}</p>
      {map.services.filter(({ to }) => to.includes(node.id)).map((service) => (
        <p key={service.id}>{`${service.name}: ${serviceWords(service)}`}</p>
      ))}
      <div className={css.buttons}>
        <Button size="small" to={pageOf(node)}>
          {t('open', { name: node.name })}
        </Button>
        <Button size="small" onClick={() => onUse({ from: node.id })}>
          {t('asFrom')}
        </Button>
        <Button size="small" onClick={() => onUse({ to: node.id })}>
          {t('asTo')}
        </Button>
      </div>
    </div>
  );
} // prettier-ignore

/** The same for those who do not see the drawing, and for all who are too many for it. */
function Table({ map, nodes }: { map: NetworkMap; nodes: readonly MapNode[] }): ReactNode {
  const [open, setOpen] = useState(false);
  return (
    <div className={css.tableBox}>
      <Folds>
        <Fold title={t('table')} open={open} onOpen={setOpen}>
          <table className={css.table}>
            <thead>
              <tr>
                <th scope="col">{t('table.who')}</th>
                <th scope="col">{t('table.networks')}</th>
                <th scope="col">{t('table.ways')}</th>
              </tr>
            </thead>
            <tbody>
              {nodes.map((node) => (
                <tr key={node.id}>
                  <td>
                    <a href={`#${pageOf(node)}`}>{node.name}</a>{' '}
                    <span className={css.muted}>{`${kindName(node)}, ${t(`status.${node.tone}`)}`}</span>
                  </td>
                  <td>{cardsOf(map, node.id).join('; ') || t('network.none')}</td>
                  <td>
                    {map.services
                      .filter(({ to }) => to.includes(node.id))
                      .map((service) => `${service.name}: ${serviceWords(service)}`)
                      .join('; ') || '–'}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Fold>
      </Folds>
    </div>
  );
}
