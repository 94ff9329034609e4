import { useMemo, useRef } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import type { LineResult, NetworkMap } from '../../../main/contract/map.ts';
import { cx } from '../../lib/cx.ts';
import { useWidth } from '../../ui/use-width.ts';
import { layoutMap, lineOf, towards } from './layout.ts';
import type { Lane, Layout, PlacedNode } from './layout.ts';
import css from './map.module.css';
import { t } from './text.ts';
import { cardsOf, kindName, networkName, serviceWords } from './use-map.ts';

export interface Tried {
  from?: string;
  to?: string;
  result: LineResult;
}
interface Props {
  map: NetworkMap;
  system: boolean;
  chosen: string | undefined;
  onChoose: (id: string) => void;
  tried: Tried | undefined;
}
/** So many letters of the drawing's size fit into a card. */
const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** The map itself: one stop of the Tab key, arrows inside. */
export function Picture({ map, system, chosen, onChoose, tried }: Props): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const layout = useMemo(() => layoutMap(map, Math.max(width, 240), system), [map, width, system]);
  const first = layout.nodes.keys().next().value;
  const stop = chosen !== undefined && layout.nodes.has(chosen) ? chosen : first;
  const line = tried && lineOf(layout, { ...tried, ...tried.result });
  const onKey = (event: KeyboardEvent<SVGGElement>, id: string): void => {
    if (event.key === 'Enter' || event.key === ' ') onChoose(id);
    else {
      const next = towards(layout, id, event.key);
      if (next === undefined) return;
      host.current?.querySelector<SVGGElement>(`[data-node="${CSS.escape(next)}"]`)?.focus();
    }
    event.preventDefault();
  };
  return (
    <div ref={host} className={css.picture}>
      {width > 0 && (
        <svg className={css.svg} width={layout.width} height={layout.height} role="group" aria-label={`${t('label')}. ${t('hint')}`}>
          {layout.lanes.map((lane) => (
            <LaneView key={lane.id} lane={lane} width={layout.width} />
          ))}
          <Lines layout={layout} chosen={chosen} />
          {line && <path className={cx(css.tried, !tried.result.reached && css.triedBad)} d={line.path} />}
          {layout.services.map(({ service, x, y, width: wide, height }) => {
            const outside = service.ports.some(({ hostPort }) => hostPort !== undefined);
            return (
              <g key={service.id}>
                <title>{`${service.id}: ${serviceWords(service)}`}</title>
                <rect className={cx(css.chip, outside && css.chipOutside)} x={x} y={y} width={wide} height={height} rx={15} />
                <text className={css.under} x={x + 14} y={y + 19}>
                  {cut(`${service.name} · ${service.ports.map(({ port, hostPort }) => `:${hostPort ?? port}`).join(' ')}`, 28)}
                </text>
              </g>
            );
          })}
          {[...layout.nodes.values()].map((placed) => (
            <NodeView
              key={placed.node.id}
              placed={placed}
              networks={cardsOf(map, placed.node.id)}
              chosen={placed.node.id === chosen}
              stop={placed.node.id === stop}
              onChoose={onChoose}
              onKey={onKey}
            />
          ))}
          {tried && line?.cross && (
            <g data-broken={tried.result.broken}>
              <circle className={css.crossBack} cx={line.cross.x} cy={line.cross.y} r={12} />
              <path className={css.cross} d={`M${line.cross.x - 5} ${line.cross.y - 5}l10 10m0 -10l-10 10`} />
            </g>
          )}
        </svg>
      )}
    </div>
  );
} // prettier-ignore

function LaneView({ lane, width }: { lane: Lane; width: number }): ReactNode {
  const { network, y, height, rails, more } = lane;
  const name = network ? networkName(network) : t('network.none');
  const last = rails.at(-1) ?? y;
  return (
    <g>
      <rect className={css.lane} x={4} y={y} width={width - 8} height={height} rx={10} />
      <text x={20} y={y + 21}>
        <tspan className={css.laneName}>{name}</tspan>
        {network?.range && <tspan className={css.range}>{`  ${network.range}`}</tspan>}
        {more > 0 && <tspan className={css.range}>{`  ${t('more', { n: more })}`}</tspan>}
      </text>
      {network && (
        <path
          className={css.rail}
          d={`M12 ${rails[0] ?? y}V${last}${rails.map((rail) => `M12 ${rail}H${width - 20}`).join('')}`}
        />
      )}
    </g>
  );
}

function Lines({ layout, chosen }: { layout: Layout; chosen: string | undefined }): ReactNode {
  const dim = (node: string): string | undefined => (chosen === undefined || node === chosen ? undefined : css.dim);
  return (
    <g aria-hidden>
      {layout.links.map(({ node, network, path, unplugged }) => (
        <path key={`${node} ${network} ${path}`} className={cx(css.link, unplugged && css.unplugged)} d={path} />
      ))}
      {layout.ways.map(({ service, node, path, outside }) => (
        <path key={`${service} ${node}`} className={cx(css.way, outside && css.wayOutside, dim(node))} d={path} />
      ))}
    </g>
  );
}

interface NodeProps {
  placed: PlacedNode;
  networks: string[];
  chosen: boolean;
  stop: boolean;
  onChoose: (id: string) => void;
  onKey: (event: KeyboardEvent<SVGGElement>, id: string) => void;
}
function NodeView({ placed, networks, chosen, stop, onChoose, onKey }: NodeProps): ReactNode {
  const { node, x, y, width, height } = placed;
  const label = t('node', { name: node.name, kind: kindName(node), status: t(`status.${node.tone}`), networks: networks.join('; ') || t('network.none') }); // prettier-ignore
  return (
    <g
      className={cx(css.node, chosen && css.chosen)}
      role="button"
      tabIndex={stop ? 0 : -1}
      aria-label={label}
      aria-pressed={chosen}
      data-node={node.id}
      onClick={() => onChoose(node.id)}
      onKeyDown={(event) => onKey(event, node.id)}
    >
      <title>{label}</title>
      <rect className={css.box} x={x} y={y} width={width} height={height} rx={8} />
      <circle className={cx(css.dot, css[node.tone])} cx={x + 16} cy={y + 17} r={4} />
      <text className={css.title} x={x + 28} y={y + 21}>
        {cut(node.name, 17)}
      </text>
      <text className={css.under} x={x + 28} y={y + 38}>
        {cut(node.namespace === 'default' ? kindName(node) : `${node.namespace} · ${kindName(node)}`, 23)}
      </text>
    </g>
  );
}
