import { useEffect, useState } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { asProblem } from '../../../main/contract/problem.ts';
import type { BytePipe } from '../../../main/contract/procedure.ts';
import { useApi } from '../../lib/connection.ts';

const kept = 4_000;
// oxlint-disable-next-line no-control-regex -- terminal sequences begin with a control character
const escapes = /\u001b(\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>])|[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

/** The end of what a machine says on its serial console, while it runs. Read only. */
export function useSerialTail(ref: ObjectRef | undefined, on: boolean): string {
  const api = useApi();
  const [text, setText] = useState('');
  const { namespace, name } = ref ?? {};
  useEffect(() => {
    if (!on || namespace === undefined || name === undefined) return;
    const abort = new AbortController();
    let pipe: BytePipe | undefined;
    const read = async (): Promise<void> => {
      pipe = await api.consoles.serial({ namespace, name }, { signal: abort.signal });
      const decoder = new TextDecoder();
      let all = '';
      for await (const bytes of pipe.readable) {
        if (abort.signal.aborted) break;
        all = (all + decoder.decode(bytes, { stream: true })).slice(-kept);
        setText(all.replace(/\r\n/g, '\n').replace(escapes, ''));
      }
    };
    read().catch((error: unknown) => {
      if (!abort.signal.aborted) setText((before) => `${before}\n${asProblem(error).detail}`);
    });
    return () => {
      abort.abort();
      pipe?.close();
    };
  }, [api, namespace, name, on]);
  return text;
}
