import type { MapNetwork, MapNode, MapService } from '../../../main/contract/map.ts';

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}
export interface PlacedNode extends Box {
  node: MapNode;
  /** The lane that it stands in; '' for none. */
  lane: string;
}
export interface PlacedService extends Box {
  service: MapService;
}
export interface Lane {
  id: string;
  network: MapNetwork | undefined;
  y: number;
  height: number;
  /** Where its line runs: above each row of nodes, and below the last where one of a lower lane comes up to it. */
  rails: number[];
  /** Nodes for which there was no room: they are in the table. */
  more: number;
}
export interface Layout {
  width: number;
  height: number;
  lanes: Lane[];
  nodes: Map<string, PlacedNode>;
  services: PlacedService[];
  /** From a node to the line of a network on which it is, too. */
  links: Link[];
  /** From a service to whoever it leads to. */
  ways: Way[];
}
export interface Link {
  node: string;
  network: string;
  path: string;
  unplugged: boolean;
  /** Where it meets the line of a network that is not the one its node stands in. */
  dock?: Point;
}
export interface Way {
  service: string;
  node: string;
  path: string;
  outside: boolean;
}
export interface Point {
  x: number;
  y: number;
}
