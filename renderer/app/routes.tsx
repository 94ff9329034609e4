import { lazy } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import type { PodKind } from '../../main/contract/pods.ts';
import { fileInAddress } from '../lib/file-in-address.ts';
import { useMay } from '../lib/use-may.ts';
import { MissingPage } from './missing-page.tsx';
import { NotYoursPage } from './not-yours-page.tsx';
import { needOf } from './page-needs.ts';

const HomePage = lazy(() => import('../features/home/home-page.tsx').then((m) => ({ default: m.HomePage })));
const MachinesPage = lazy(() =>
  import('../features/machines/machines-page.tsx').then((m) => ({ default: m.MachinesPage })),
);
const CreatePage = lazy(() => import('../features/create/create-page.tsx').then((m) => ({ default: m.CreatePage })));
const MachinePage = lazy(() =>
  import('../features/machine/machine-page.tsx').then((m) => ({ default: m.MachinePage })),
);
const ContainersPage = lazy(() =>
  import('../features/containers/containers-page.tsx').then((m) => ({ default: m.ContainersPage })),
);
const ContainerPage = lazy(() =>
  import('../features/containers/container-page.tsx').then((m) => ({ default: m.ContainerPage })),
);
const ImagesPage = lazy(() => import('../features/images/images-page.tsx').then((m) => ({ default: m.ImagesPage })));
const StoragePage = lazy(() =>
  import('../features/storage/storage-page.tsx').then((m) => ({ default: m.StoragePage })),
);
const BackupsPage = lazy(() =>
  import('../features/backups/backups-page.tsx').then((m) => ({ default: m.BackupsPage })),
);
const NetworksPage = lazy(() =>
  import('../features/networks/networks-page.tsx').then((m) => ({ default: m.NetworksPage })),
);
const ActivityPage = lazy(() =>
  import('../features/activity/activity-page.tsx').then((m) => ({ default: m.ActivityPage })),
);
const SettingsPage = lazy(() =>
  import('../features/settings/settings-page.tsx').then((m) => ({ default: m.SettingsPage })),
);
const AppliancePage = lazy(() =>
  import('../features/appliance/appliance-page.tsx').then((m) => ({ default: m.AppliancePage })),
);
const TargetsPage = lazy(() =>
  import('../features/targets/targets-page.tsx').then((m) => ({ default: m.TargetsPage })),
);
const SidePage = lazy(() => import('../features/console/side/side-page.tsx').then((m) => ({ default: m.SidePage })));
const WallPage = lazy(() => import('../features/console/wall/wall-page.tsx').then((m) => ({ default: m.WallPage })));
const TemplatesPage = lazy(() =>
  import('../features/templates/templates-page.tsx').then((m) => ({ default: m.TemplatesPage })),
);
const TemplateEditorPage = lazy(() =>
  import('../features/templates/editor-page.tsx').then((m) => ({ default: m.EditorPage })),
);
const ManifestPage = lazy(() =>
  import('../features/manifests/manifest-page.tsx').then((m) => ({ default: m.ManifestPage })),
);
const ImportPage = lazy(() => import('../features/transfer/import-page.tsx').then((m) => ({ default: m.ImportPage })));
const ForeignPage = lazy(() =>
  import('../features/foreign/foreign-page.tsx').then((m) => ({ default: m.ForeignPage })),
);
const BoxesPage = lazy(() => import('../features/boxes/boxes-page.tsx').then((m) => ({ default: m.BoxesPage })));
const StickPage = lazy(() => import('../features/boxes/stick/stick-page.tsx').then((m) => ({ default: m.StickPage })));
const BoxPage = lazy(() => import('../features/boxes/box/box-page.tsx').then((m) => ({ default: m.BoxPage })));
const OwnBoxPage = lazy(() =>
  import('../features/boxes/own/own-box-page.tsx').then((m) => ({ default: m.OwnBoxPage })),
);
const LabsPage = lazy(() =>
  import('../features/labs/library/library-page.tsx').then((m) => ({ default: m.LibraryPage })),
);
const LabPage = lazy(() => import('../features/labs/lab/lab-page.tsx').then((m) => ({ default: m.LabPage })));
const ClassPage = lazy(() => import('../features/classroom/class-page.tsx').then((m) => ({ default: m.ClassPage })));
const LabFilePage = lazy(() => import('../features/labs/file/file-page.tsx').then((m) => ({ default: m.FilePage })));
const RecordingsPage = lazy(() =>
  import('../features/recordings/recordings-page.tsx').then((m) => ({ default: m.RecordingsPage })),
);
const PlayerPage = lazy(() =>
  import('../features/recordings/player/player-page.tsx').then((m) => ({ default: m.PlayerPage })),
);
const HelpPage = lazy(() => import('../features/help/help-page.tsx').then((m) => ({ default: m.HelpPage })));
const GuidePage = lazy(() => import('../features/help/guide-page.tsx').then((m) => ({ default: m.GuidePage })));
export const ConsolePage = lazy(() =>
  import('../features/console/console-page.tsx').then((m) => ({ default: m.ConsolePage })),
);

const podKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'Pod'] as const satisfies readonly PodKind[];

/** What the shell shows; every page is loaded when first gone to. */
export function Routes() {
  const [path] = useLocation();
  const may = useMay();
  const need = needOf(path);
  const why = need && may(need);
  if (why !== undefined) return <NotYoursPage why={why} />;
  return (
    <Switch>
      <Route path="/">
        <HomePage />
      </Route>
      <Route path="/machines">
        <MachinesPage />
      </Route>
      <Route path="/machines/new">
        <CreatePage />
      </Route>
      <Route path="/machines/import/:file?">
        {({ file }) => <ImportPage key={file} file={file === undefined ? undefined : fileInAddress(file)} />}
      </Route>
      <Route path="/machines/other">
        <ForeignPage />
      </Route>
      <Route path="/machines/wall">
        <WallPage />
      </Route>
      <Route path="/consoles/:shown?">{({ shown }) => <SidePage shown={shown} />}</Route>
      <Route path="/machines/:namespace/:name/:tab?">
        {({ namespace, name, tab }) => (
          <MachinePage namespace={decodeURIComponent(namespace)} name={decodeURIComponent(name)} tab={tab} />
        )}
      </Route>
      <Route path="/containers">
        <ContainersPage />
      </Route>
      <Route path="/containers/:kind/:namespace/:name/:tab?">
        {({ kind, namespace, name, tab }) => {
          const found = podKinds.find((each) => each === kind);
          if (!found) return <MissingPage />;
          const of = { kind: found, namespace: decodeURIComponent(namespace), name: decodeURIComponent(name) };
          return <ContainerPage key={`${kind} ${namespace} ${name}`} of={of} tab={tab} />;
        }}
      </Route>
      <Route path="/images">
        <ImagesPage />
      </Route>
      <Route path="/storage/:tab?">{({ tab }) => <StoragePage tab={tab} />}</Route>
      <Route path="/backups">
        <BackupsPage />
      </Route>
      <Route path="/networks/:tab?">{({ tab }) => <NetworksPage tab={tab} />}</Route>
      <Route path="/templates/new">
        <TemplateEditorPage source={{ type: 'new' }} />
      </Route>
      <Route path="/templates/:what/:namespace/:name">
        {({ what, namespace, name }) => (
          <TemplateEditorPage
            key={`${what} ${namespace} ${name}`}
            source={{
              type: what === 'from' ? 'machine' : 'template',
              namespace: decodeURIComponent(namespace),
              name: decodeURIComponent(name),
            }}
          />
        )}
      </Route>
      <Route path="/templates/:tab?">{({ tab }) => <TemplatesPage tab={tab} />}</Route>
      <Route path="/manifests">
        <ManifestPage />
      </Route>
      <Route path="/labs">
        <LabsPage />
      </Route>
      {/* No lab can have that name. */}
      <Route path="/labs/-/new">
        <LabFilePage name={undefined} />
      </Route>
      <Route path="/labs/-/open/:file">{({ file }) => <LabsPage key={file} file={fileInAddress(file)} />}</Route>
      <Route path="/labs/-/class/:seat?">{({ seat }) => <ClassPage seat={seat} />}</Route>
      <Route path="/labs/:name">{({ name }) => <LabPage key={name} name={decodeURIComponent(name)} />}</Route>
      <Route path="/labs/:name/file">{({ name }) => <LabFilePage key={name} name={decodeURIComponent(name)} />}</Route>
      <Route path="/recordings">
        <RecordingsPage />
      </Route>
      <Route path="/recordings/:name">{({ name }) => <PlayerPage key={name} name={decodeURIComponent(name)} />}</Route>
      <Route path="/appliance/:id?/:tab?">
        {({ id, tab }) => <AppliancePage id={id === undefined ? undefined : decodeURIComponent(id)} tab={tab} />}
      </Route>
      <Route path="/targets">
        <TargetsPage />
      </Route>
      <Route path="/boxes">
        <BoxesPage />
      </Route>
      <Route path="/boxes/stick">
        <StickPage />
      </Route>
      <Route path="/boxes/:id/:tab?">
        {({ id, tab }) => <BoxPage key={id} id={decodeURIComponent(id)} tab={tab} />}
      </Route>
      <Route path="/this-box/:tab?">{({ tab }) => <OwnBoxPage tab={tab} />}</Route>
      <Route path="/activity/:tab?">{({ tab }) => <ActivityPage tab={tab} />}</Route>
      <Route path="/settings/:section?">{({ section }) => <SettingsPage section={section} />}</Route>
      <Route path="/help">
        <HelpPage />
      </Route>
      <Route path="/help/:name/:part?">
        {({ name, part }) => (
          <GuidePage key={name} name={name} part={part === undefined ? undefined : decodeURIComponent(part)} />
        )}
      </Route>
      <Route>
        <MissingPage />
      </Route>
    </Switch>
  );
}
