import { useId, useMemo, useRef } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import type { LineResult, MapNode, NetworkMap } from '../../../main/contract/map.ts';
import { cx } from '../../lib/cx.ts';
import { useWidth } from '../../ui/use-width.ts';
import { layoutMap, towards } from './layout.ts';
import type { Lane, Layout, PlacedNode } from './placed.ts';
import { Legend } from './legend.tsx';
import css from './map.module.css';
import { lineOf, spine } from './routes.ts';
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
/** What of a text fits into so many pixels, its letters being so wide. */
function cut(text: string, room: number, letter: number): string {
  const most = Math.floor(room / letter);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
/** Pixels that a letter takes up in the middle: of a name, and of what stands under it. */
const letters = { name: 7.6, under: 6.4 };

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
                  {cut(`${service.name} · ${service.ports.map(({ port, hostPort }) => `:${hostPort ?? port}`).join(' ')}`, wide - 28, letters.under)}
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
      <Legend layout={layout} />
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
      <text className={css.laneText} x={20} y={y + 21}>
        <tspan className={css.laneName}>{name}</tspan>
        {network?.range && <tspan className={css.range}>{`  ${network.range}`}</tspan>}
        {more > 0 && <tspan className={css.range}>{`  ${t('more', { n: more })}`}</tspan>}
      </text>
      {network && (
        <path
          className={css.rail}
          d={`M${spine} ${rails[0] ?? y}V${last}${rails.map((rail) => `M${spine} ${rail}H${width - 20}`).join('')}`}
        />
      )}
    </g>
  );
}

function Lines({ layout, chosen }: { layout: Layout; chosen: string | undefined }): ReactNode {
  const dim = (node: string): string | undefined => (chosen === undefined || node === chosen ? undefined : css.dim);
  const lanes = useId();
  return (
    <g aria-hidden>
      <clipPath id={lanes}>
        {layout.lanes.map(({ id, y, height }) => (
          <rect key={id} x={0} y={y} width={layout.width} height={height} />
        ))}
      </clipPath>
      {layout.links.map(({ node, network, path, unplugged, dock }) => (
        <g key={`${node} ${network}`} className={dock && dim(node)}>
          {dock && <path className={css.bridge} d={path} clipPath={`url(#${lanes})`} />}
          <path className={cx(css.link, unplugged && css.unplugged)} d={path} />
        </g>
      ))}
      {layout.ways.map(({ service, node, path, outside }) => (
        <g key={`${service} ${node}`} className={dim(node)}>
          <path className={css.bridge} d={path} clipPath={`url(#${lanes})`} />
          <path className={cx(css.way, outside && css.wayOutside)} d={path} />
        </g>
      ))}
      {layout.links.map(
        ({ node, network, dock }) =>
          dock && (
            <circle key={`${node} ${network}`} className={cx(css.dock, dim(node))} cx={dock.x} cy={dock.y} r={4} />
          ),
      )}
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
      aria-pressed={chosen}
      data-node={node.id}
      onClick={() => onChoose(node.id)}
      onKeyDown={(event) => onKey(event, node.id)}
    >
      {/* The name that is read out: what is drawn may be cut. */}
      <title>{label}</title>
      <rect className={css.box} x={x} y={y} width={width} height={height} rx={8} />
      <Dot tone={node.tone} x={x + 16} y={y + 17} />
      <text className={css.title} x={x + 28} y={y + 21}>
        {cut(node.name, width - 38, letters.name)}
      </text>
      <text className={css.under} x={x + 28} y={y + 38}>
        {cut(
          node.namespace === 'default' ? kindName(node) : `${node.namespace} · ${kindName(node)}`,
          width - 38,
          letters.under,
        )}
      </text>
    </g>
  );
}

/** As elsewhere, its shape tells as much as its colour. */
function Dot({ tone, x, y }: { tone: MapNode['tone']; x: number; y: number }): ReactNode {
  const at = { className: cx(css.dot, css[tone]) };
  if (tone === 'error') return <path {...at} d={`M${x} ${y - 5}l5 5l-5 5l-5 -5z`} />;
  if (tone === 'busy') return <path {...at} d={`M${x + 3} ${y - 2.5}A4 4 0 1 0 ${x + 3} ${y + 2.5}`} />;
  return <circle {...at} cx={x} cy={y} r={tone === 'stopped' ? 3.5 : 4} />;
}
