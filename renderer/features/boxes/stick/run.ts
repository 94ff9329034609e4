import type { StickPlace } from '../../../../main/contract/box/sticks.ts';

/** A write that was begun; remembered while the page is left. */
export interface Run {
  taskId: string;
  hostName: string;
  place: Pick<StickPlace, 'type' | 'path'>;
  enrolled: boolean;
}
