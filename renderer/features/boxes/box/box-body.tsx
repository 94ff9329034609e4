import { useLocation } from 'wouter';
import { Banner } from '../../../ui/banner.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Tabs } from '../../../ui/tabs.tsx';
import { onStick } from '../view.ts';
import { AppsTab } from './apps-tab.tsx';
import { BoxProvider } from './door.ts';
import type { OpenBox } from './door.ts';
import { LogsTab } from './logs-tab.tsx';
import { NetworkTab } from './network/network-tab.tsx';
import { NetworkTrial } from './network/network-trial.tsx';
import { OverviewTab } from './overview-tab.tsx';
import { PowerTab } from './power/power-tab.tsx';
import { SetupSteps } from './setup/setup-steps.tsx';
import { StickStage } from './stage/stick-stage.tsx';
import { t } from './text.ts';
import { UpdateTab } from './update/update-tab.tsx';

const tabs = ['overview', 'update', 'network', 'logs', 'apps', 'power'] as const;

/** What a box needs at the stage it is at: a disk, a setup, or what living with it takes. */
export function BoxBody({ box, tab }: { box: OpenBox; tab: string | undefined }) {
  const { state } = box;
  return (
    <BoxProvider value={box}>
      {state.busy && <Banner tone="note" title={state.busy.words} />}
      <NetworkTrial />
      {onStick(state) ? (
        <StickStage />
      ) : (
        <>
          {/* Why the install failed is told at its step. */}
          {state.problem && (state.setup.finished || state.setup.appliance !== 'failed') && (
            <ProblemView problem={state.problem} />
          )}
          {state.setup.finished ? <Living tab={tab} box={box} /> : <SetupSteps step={tab} />}
        </>
      )}
    </BoxProvider>
  );
}

function Living({ tab, box }: { tab: string | undefined; box: OpenBox }) {
  const [, go] = useLocation();
  const { base } = box.door;
  const value = tabs.find((each) => each === tab) ?? 'overview';
  return (
    <Tabs
      label={t('tabs')}
      value={value}
      onChange={(next) => go(next === 'overview' ? base : `${base}/${next}`)}
      items={tabs.map((each) => ({
        value: each,
        label: t(`tab.${each}`),
        count: each === 'apps' ? box.state.apps.length : undefined,
      }))}
    >
      {value === 'overview' && <OverviewTab />}
      {value === 'update' && <UpdateTab />}
      {value === 'network' && <NetworkTab />}
      {value === 'logs' && <LogsTab />}
      {value === 'apps' && <AppsTab />}
      {value === 'power' && <PowerTab />}
    </Tabs>
  );
}
