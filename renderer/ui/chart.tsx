import { lazy, Suspense } from 'react';
import type { ChartProps } from './chart-view.tsx';
import { Skeleton } from './skeleton.tsx';

const View = lazy(() => import('./chart-view.tsx').then((m) => ({ default: m.ChartView })));

/** Values over time. Loaded when first shown. */
export function Chart(props: ChartProps) {
  return (
    <Suspense fallback={<Skeleton height="block" />}>
      <View {...props} />
    </Suspense>
  );
}
