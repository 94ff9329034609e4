import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, foldGutter, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics } from '@codemirror/lint';
import type { Diagnostic } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import type { Text } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import type { YamlFinding } from '../../main/contract/machine.ts';
import { cx } from '../lib/cx.ts';
import { useLatest } from '../lib/use-latest.ts';
import { colours, looks } from './code-editor-theme.ts';
import css from './code-editor.module.css';

export interface CodeEditorProps {
  label: string;
  value: string;
  onChange?: ((value: string) => void) | undefined;
  findings?: readonly YamlFinding[] | undefined;
  readOnly?: boolean | undefined;
  /** Long lines go on in the next one: where the text holds prose. */
  wraps?: boolean | undefined;
  height?: 'small' | 'medium' | 'fill' | undefined;
}

export function CodeEditorView({
  label,
  value,
  onChange,
  findings,
  readOnly,
  wraps,
  height = 'medium',
}: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const tell = useLatest(onChange);
  const first = useRef(value);

  useEffect(() => {
    if (!host.current) return;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: first.current,
        extensions: [
          lineNumbers(),
          foldGutter(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          highlightActiveLine(),
          highlightSelectionMatches(),
          lintGutter(),
          yaml(),
          looks,
          syntaxHighlighting(colours),
          // Tab indents; Escape then Tab leaves, as CodeMirror documents it.
          keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, indentWithTab]),
          ...(wraps === true ? [EditorView.lineWrapping] : []),
          EditorState.readOnly.of(readOnly === true),
          EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
          EditorView.updateListener.of((update) => update.docChanged && tell.current?.(update.state.doc.toString())),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [label, readOnly, wraps, tell]);

  useEffect(() => {
    first.current = value;
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (editor)
      editor.dispatch(
        setDiagnostics(
          editor.state,
          (findings ?? []).map((f) => place(f, editor.state.doc)),
        ),
      );
  }, [findings]);

  return <div ref={host} className={cx(css.editor, css[height])} />;
}

/** A finding's line and column as a range of the text as it is now. */
function place({ line, column, message, severity }: YamlFinding, doc: Text): Diagnostic {
  const at = doc.line(Math.min(Math.max(1, line), doc.lines));
  const from = Math.min(at.to, at.from + Math.max(0, column - 1));
  return { from, to: Math.max(from, at.to), severity, message };
}
