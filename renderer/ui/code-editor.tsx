import { lazy, Suspense } from 'react';
import css from './code-editor.module.css';
import type { CodeEditorProps } from './code-editor-view.tsx';
import { Skeleton } from './skeleton.tsx';

const View = lazy(() => import('./code-editor-view.tsx').then((m) => ({ default: m.CodeEditorView })));

/** YAML with findings underlined. Loaded when first shown. */
export function CodeEditor(props: CodeEditorProps) {
  return (
    <Suspense
      fallback={
        <div className={css.waiting}>
          <Skeleton count={6} width="medium" />
        </div>
      }
    >
      <View {...props} />
    </Suspense>
  );
}
