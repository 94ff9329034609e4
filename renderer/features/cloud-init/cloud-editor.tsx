import { useState } from 'react';
import type { ReactNode } from 'react';
import type { CloudInitCheck, CloudInitNic } from '../../../main/contract/cloud-init.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { CodeEditor } from '../../ui/code-editor.tsx';
import { Findings } from '../../ui/findings.tsx';
import { Fold, Folds } from '../../ui/fold.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { CloudForm } from './cloud-form.tsx';
import css from './cloud-init.module.css';
import { readForm } from './form.ts';
import { NetworkPart } from './network-part.tsx';
import { SnippetsDialog } from './snippets-dialog.tsx';
import { t } from './text.ts';
import type { Checked } from './use-check.ts';

export interface CloudData {
  userData: string;
  networkData: string;
}
interface Props {
  value: CloudData;
  onChange: (value: CloudData) => void;
  nics: readonly CloudInitNic[];
  onMac: (name: string, mac: string) => void;
  checked: Checked;
}

/** User data and network data, as a form or as text: both show the same text, so nothing is lost between them. */
export function CloudEditor({ value, onChange, nics, onMac, checked }: Props): ReactNode {
  const readable = readForm(value.userData) !== undefined;
  const [mode, setMode] = useState<'form' | 'yaml'>(readable ? 'form' : 'yaml');
  const [adding, setAdding] = useState(false);
  // Another text from outside is a new editor: CodeMirror keeps its own otherwise.
  const [version, setVersion] = useState(0);
  const user = (userData: string): void => onChange({ ...value, userData });
  const network = (networkData: string): void => onChange({ ...value, networkData });
  return (
    <div className={css.editor}>
      <div className={css.between}>
        <Place check={checked.check} />
        <Button size="small" why={readable ? undefined : t('form.unreadable')} onClick={() => setAdding(true)}>
          {t('snippets.add')}
        </Button>
      </div>
      <Tabs
        label={t('mode')}
        value={mode}
        onChange={(next) => {
          setMode(next);
          setVersion(version + 1);
        }}
        items={[
          { value: 'form' as const, label: t('mode.form') },
          { value: 'yaml' as const, label: t('mode.yaml') },
        ]}
      >
        {mode === 'form' ? (
          <div className={css.editor}>
            <CloudForm text={value.userData} onChange={user} />
            <AddressFold nics={nics} text={value.networkData} onChange={network} onMac={onMac} />
          </div>
        ) : (
          <div className={css.editor}>
            <CodeEditor
              key={`u${version}`}
              label={t('userData')}
              value={value.userData}
              onChange={user}
              findings={checked.check?.userData ?? []}
              height="medium"
            />{' '}
            {/* prettier-ignore */}
            <h3 className={css.legend}>{t('networkData')}</h3>
            <CodeEditor
              key={`n${version}`}
              label={t('networkData')}
              value={value.networkData}
              onChange={network}
              findings={checked.check?.networkData ?? []}
              height="small"
            />{' '}
            {/* prettier-ignore */}
          </div>
        )}
      </Tabs>
      <CheckView checked={checked} />
      <SnippetsDialog
        open={adding}
        onClose={() => setAdding(false)}
        text={value.userData}
        onMerged={(text) => {
          user(text);
          setVersion(version + 1);
        }}
      />
    </div>
  );
}

/** The addresses of the cards, folded. */
export function AddressFold(props: {
  nics: readonly CloudInitNic[];
  text: string;
  onChange: (text: string) => void;
  onMac: (name: string, mac: string) => void;
}): ReactNode {
  // prettier-ignore
  const [open, setOpen] = useState(false);
  return (
    <Folds>
      <Fold
        title={t('part.network')}
        summary={props.text.trim() ? t('summary.static') : t('network.dhcp')}
        open={open}
        onOpen={setOpen}
      >
        <NetworkPart {...props} />
      </Fold>
    </Folds>
  );
}

function Place({ check }: { check: CloudInitCheck | undefined }): ReactNode {
  if (!check) return <span />;
  return (
    <p className={css.note}>
      {t(`format.${check.format}`)} · {t(`place.${check.place}`, { bytes: check.bytes })}
    </p>
  );
}

/** Findings in words, of user data and of network data. */
export function CheckView({ checked: { check, problem } }: { checked: Checked }): ReactNode {
  return (
    <>
      <Findings findings={check?.userData ?? []} />
      {(check?.networkData.length ?? 0) > 0 && (
        <>
          <h3 className={css.legend}>{t('networkData')}</h3>
          <Findings findings={check?.networkData ?? []} />
        </>
      )}
      {check && check.userData.length + check.networkData.length === 0 && check.format === 'cloud-config' && (
        <Banner tone="ok" title={t('check.ok')} />
      )}
      {problem && <ProblemView problem={problem} compact />}
    </>
  );
}
