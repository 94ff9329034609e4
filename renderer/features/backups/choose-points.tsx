import { useState } from 'react';
import type { ReactNode } from 'react';
import type { BackupPoint } from '../../../main/contract/backups.ts';
import { bytes, dateTime } from '../../lib/format.ts';
import { Checkbox } from '../../ui/checkbox.tsx';
import css from './backups.module.css';
import { nameOf } from './points.tsx';

/** The latest point of each machine, and of Hearth's settings; the list is sorted so, the latest first. Pure. */
export function latestOf(points: readonly BackupPoint[]): BackupPoint[] {
  const seen = new Map<string, BackupPoint>();
  for (const point of points) {
    const key = `${point.kind} ${point.namespace}/${point.name}`;
    if (!seen.has(key)) seen.set(key, point);
  }
  return [...seen.values()].sort((a, b) => a.kind.localeCompare(b.kind) || nameOf(a).localeCompare(nameOf(b)));
}

/** What is chosen: all until somebody says otherwise. */
export function useChosen(): { has: (id: string) => boolean; set: (id: string, on: boolean) => void } {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  return {
    has: (id) => !left.has(id),
    set(id, on) {
      const next = new Set(left);
      if (on) next.delete(id);
      else next.add(id);
      setLeft(next);
    },
  };
}

export function ChoosePoints(props: { points: readonly BackupPoint[]; chosen: ReturnType<typeof useChosen> }): ReactNode {
  const { points, chosen } = props;
  return (
    <ul className={css.choices}>
      {points.map((point) => (
        <li key={point.id}>
          <Checkbox
            label={nameOf(point)}
            hint={[dateTime(point.at), ...(point.kind === 'machine' ? [bytes(point.size)] : []), point.host].join(' · ')}
            checked={chosen.has(point.id)}
            onChange={(on) => chosen.set(point.id, on)}
          />
        </li>
      ))}
    </ul>
  );
} // prettier-ignore
