import { useRef, useState } from 'react';
import { cx } from '../../lib/cx.ts';
import { useDrop } from '../../lib/use-drop.ts';
import { bytes } from '../../lib/format.ts';
import { desktop } from '../../lib/desktop.ts';
import { Button } from '../../ui/button.tsx';
import { FolderIcon, UploadIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { TextArea } from '../../ui/text-area.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { limit } from './cluster.ts';
import { ClusterFound } from './cluster-found.tsx';
import css from './targets.module.css';
import { t } from './text.ts';
import type { ClusterState } from './use-cluster.ts';

/** A kubeconfig by text, file or path, and what a look at it found. */
export function ClusterForm({ cluster }: { cluster: ClusterState }) {
  const { draft, change, test } = cluster;
  return (
    <div className={css.form}>
      <Tabs
        label={t('add.from')}
        value={draft.from}
        onChange={(from) => change({ from })}
        items={[
          { value: 'text', label: t('add.text') },
          { value: 'path', label: t('add.path') },
        ]}
      >
        {draft.from === 'text' ? (
          <TextSource cluster={cluster} />
        ) : (
          <div className={css.inline}>
            <div className={css.grow}>
              <TextField
                label={t('add.pathLabel')}
                value={draft.path}
                onChange={(path) => change({ path })}
                hint={t('add.pathHint')}
                placeholder="/home/ada/.kube/config"
                mono
              />
            </div>
            {desktop?.pickFile && <Pick onPick={(path) => change({ path })} />}
          </div>
        )}
      </Tabs>
      {test.problem && <ProblemView problem={test.problem} compact />}
      <ClusterFound cluster={cluster} />
    </div>
  );
}

function Pick({ onPick }: { onPick: (path: string) => void }) {
  const pick = (): void => {
    void desktop?.pickFile?.({ title: t('add.pick'), extensions: [] }).then((path) => path && onPick(path));
  };
  return (
    <Button icon={FolderIcon} onClick={pick}>
      {t('add.pick')}
    </Button>
  );
}

function TextSource({ cluster: { draft, change } }: { cluster: ClusterState }) {
  const [error, setError] = useState<string>();
  const file = useRef<HTMLInputElement>(null);
  const take = async (chosen: File | undefined): Promise<void> => {
    if (!chosen) return;
    if (chosen.size > limit) return setError(t('add.large', { size: bytes(limit) }));
    try {
      change({ text: await chosen.text() });
      setError(undefined);
    } catch {
      setError(t('add.unreadable', { name: chosen.name }));
    }
  };
  const { over, drop } = useDrop((files) => void take(files[0]));
  return (
    // oxlint-disable-next-line no-static-element-interactions -- the button below does the same by keyboard
    <div className={cx(css.drop, over && css.over)} {...drop}>
      <TextArea
        label={t('add.textLabel')}
        value={draft.text}
        onChange={(text) => {
          setError(text.length > limit ? t('add.large', { size: bytes(limit) }) : undefined);
          change({ text });
        }}
        error={error}
        hint={t('add.textHint')}
        placeholder={'apiVersion: v1\nkind: Config\n…'}
        rows={7}
        mono
      />
      <input
        ref={file}
        type="file"
        className="visually-hidden"
        tabIndex={-1}
        aria-label={t('add.file')}
        onChange={(event) => {
          void take(event.target.files?.[0]);
          event.target.value = '';
        }}
      />
      <Button size="small" icon={UploadIcon} onClick={() => file.current?.click()}>
        {t('add.file')}
      </Button>
    </div>
  );
}
