import { useMemo } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { ObjectRef } from '../../../../main/contract/machine-ref.ts';
import { machineDetail, machines, useList, useLive } from '../../../lib/resources.ts';
import { Button } from '../../../ui/button.tsx';
import { EmptyState } from '../../../ui/empty-state.tsx';
import { IconButton } from '../../../ui/icon-button.tsx';
import { ChevronDownIcon, CloseIcon, ScreenIcon } from '../../../ui/icons.tsx';
import { Menu } from '../../../ui/menu.tsx';
import { PageHeader } from '../../../ui/page-header.tsx';
import { Page } from '../../../ui/page.tsx';
import { StatusDot } from '../../../ui/status.tsx';
import { statusWord } from '../../machines/status.ts';
import { OneConsole } from '../one-console.tsx';
import { isOn } from '../stage.ts';
import { t } from '../text.ts';
import css from './side.module.css';
import { most, same, sidesAddress, sidesIn } from './sides.ts';

/** Consoles of several machines side by side; which ones, its address says, so that it can be kept and opened again. */
export function SidePage({ shown }: { shown: string | undefined }): ReactNode {
  const [, go] = useLocation();
  const sides = useMemo(() => sidesIn(shown), [shown]);
  const { items, state } = useList(machines);
  const others = items
    .filter((row) => isOn(row) && !sides.some((side) => same(side, row)))
    .toSorted((a, b) => `${a.namespace}/${a.name}`.localeCompare(`${b.namespace}/${b.name}`));
  const show = (next: readonly ObjectRef[]): void => go(sidesAddress(next), { replace: true });
  const why = sides.length >= most ? t('side.most', { n: most }) : others.length === 0 ? t('side.none') : undefined;
  const add =
    why === undefined ? (
      <Menu
        label={t('side.add')}
        trigger={<Button iconAfter={ChevronDownIcon}>{t('side.add')}</Button>}
        items={others.map((row) => ({
          label: row.namespace === 'default' ? row.name : `${row.name} (${row.namespace})`,
          onSelect: () => show([...sides, { namespace: row.namespace, name: row.name }]),
        }))}
      />
    ) : (
      <Button why={why}>{t('side.add')}</Button>
    );
  return (
    <Page fill>
      <PageHeader title={t('side')} back={{ to: '/machines/wall', label: t('wall') }} actions={add} />
      {sides.length === 0 ? (
        <EmptyState icon={ScreenIcon} title={t('side.empty')}>
          {state === 'loading' || others.length > 0 ? t('side.empty.text', { n: most }) : t('side.none')}
        </EmptyState>
      ) : (
        <ul className={css.sides} data-count={sides.length} aria-label={t('side')}>
          {sides.map((side) => (
            <li key={`${side.namespace}/${side.name}`}>
              <Side of={side} onClose={() => show(sides.filter((each) => each !== side))} />
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

function Side({ of: { namespace, name }, onClose }: { of: ObjectRef; onClose: () => void }): ReactNode {
  // Of another object with the same words the console would connect anew.
  const of = useMemo(() => ({ namespace, name }), [namespace, name]);
  const detail = useLive(machineDetail(of));
  const row = detail.value?.row;
  return (
    <>
      <h2 className={css.head}>
        {row && <StatusDot tone={row.tone} label={statusWord(row.status)} />}
        <a className={css.name} href={`#/machines/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`}>
          {name}
        </a>
        {namespace !== 'default' && <span className={css.space}>{namespace}</span>}
        <IconButton icon={CloseIcon} label={t('side.close', { name })} onClick={onClose} />
      </h2>
      <OneConsole of={of} detail={detail} among />
    </>
  );
}
