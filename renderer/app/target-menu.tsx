import { Menu as Base } from '@base-ui/react/menu';
import type { ReactElement, ReactNode, Ref } from 'react';
import { useLocation } from 'wouter';
import type { TargetEntry } from '../../main/contract/targets.ts';
import { cx } from '../lib/cx.ts';
import { targets, useList } from '../lib/resources.ts';
import { useAction } from '../lib/use-call.ts';
import { useMay } from '../lib/use-may.ts';
import { CheckIcon, PlusIcon, SettingsIcon } from '../ui/icons.tsx';
import css from '../ui/menu.module.css';
import { StatusDot } from '../ui/status.tsx';
import { toast, toastProblem } from '../ui/toast.tsx';
import shell from './shell.module.css';
import { sortTargets, stateTone } from './target-order.ts';
import { t } from './text.ts';

interface Props {
  face: (props: object, ref?: Ref<HTMLButtonElement>) => ReactNode;
}

/** All targets, the one that is shown marked; opens at once, for it is mounted by the first press. */
export function TargetMenu({ face }: Props) {
  const { items } = useList(targets);
  const [, go] = useLocation();
  const use = useAction((api, row: TargetEntry) => api.targets.use({ id: row.id }), {
    onProblem: toastProblem,
    onDone: (_value, row) => toast({ title: t('target.switched', { name: row.name }) }),
  });
  const may = useMay();
  const refused = may('targets.use');
  const rows = sortTargets(items);
  const current = rows.find((row) => row.current)?.id;
  const choose = (id: string): void => {
    const row = rows.find((each) => each.id === id);
    if (row && !row.current) void use.run(row);
  };
  return (
    <Base.Root modal={false} defaultOpen>
      <Base.Trigger render={(props) => face(props, props.ref as Ref<HTMLButtonElement>) as ReactElement} />
      <Base.Portal>
        <Base.Positioner className={css.positioner} side="top" align="start" sideOffset={6}>
          <Base.Popup className={cx(css.popup, shell.targetMenu)} aria-label={t('target.title')}>
            <Base.RadioGroup
              className={shell.targetList}
              value={current ?? ''}
              onValueChange={(id) => choose(String(id))}
            >
              {rows.map((row) => (
                <Base.RadioItem
                  key={row.id}
                  value={row.id}
                  className={css.item}
                  closeOnClick
                  disabled={refused !== undefined && !row.current}
                >
                  <span className={cx(css.icon, shell.menuDot)}>
                    <StatusDot tone={stateTone(row)} />
                  </span>
                  <span className={css.words}>
                    {row.name}
                    <span className={css.why}>
                      {[row.place, row.state !== 'closed' && t(`target.state.${row.state}`)]
                        .filter(Boolean)
                        .join(' · ')}
                    </span>
                  </span>
                  <Base.RadioItemIndicator className={shell.menuTick}>
                    <CheckIcon />
                  </Base.RadioItemIndicator>
                </Base.RadioItem>
              ))}
            </Base.RadioGroup>
            {refused !== undefined && rows.length > 1 && <p className={shell.targetWhy}>{refused}</p>}
            <Base.Separator className={css.separator} />
            <Base.Item className={css.item} onClick={() => go('/targets')}>
              <span className={css.icon}>
                <SettingsIcon />
              </span>
              {t('target.manage')}
            </Base.Item>
            {may('appliances.install') === undefined && (
              <Base.Item className={css.item} onClick={() => go('/setup/place')}>
                <span className={css.icon}>
                  <PlusIcon />
                </span>
                {t('target.get')}
              </Base.Item>
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
