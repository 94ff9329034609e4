import { useCallback, useEffect, useRef, useState } from 'react';
import type { RecordingRow } from '../../../../main/contract/recordings.ts';
import { useApi } from '../../../lib/connection.ts';
import type { MachineSink } from './machine-stage.tsx';
import { Player } from './player.ts';
import type { PlayerState } from './player.ts';

export interface Playing {
  state: PlayerState;
  player: Player | undefined;
  /** For each machine's stage. */
  onSink: (name: string, sink: MachineSink | undefined) => void;
  /** The picture of a machine as it is shown. */
  picture: (name: string) => Promise<Blob | undefined>;
}
const idle: PlayerState = { at: 0, playing: false, speed: 1, waiting: true, problem: undefined };

/** A player of one recording: it begins when every machine has its stage. */
export function usePlayer(row: RecordingRow): Playing {
  const api = useApi();
  const { name, seconds } = row;
  const machines = useRef(row.machines);
  const sinks = useRef(new Map<string, MachineSink>());
  const [ready, setReady] = useState(false);
  const [state, setState] = useState<PlayerState>(idle);
  const [player, setPlayer] = useState<Player>();
  useEffect(() => {
    if (!ready) return undefined;
    const sinkOf = (machine: number): MachineSink | undefined => sinks.current.get(keyAt(machines.current, machine));
    const made = new Player({
      length: Math.round(seconds * 1000),
      source: {
        moment: (at) => api.recordings.readMoment({ name, at }),
        events: (from, to) => api.recordings.readEvents({ name, from, to }),
      },
      sink: {
        reset: ({ machines: all }) => all.forEach(({ png, serial }, machine) => sinkOf(machine)?.reset(png, serial)),
        show: (event) =>
          event.kind === 'serial'
            ? sinkOf(event.machine)?.write(event.data)
            : sinkOf(event.machine)?.draw(event.png, event.at),
      },
      changed: setState,
      now: () => performance.now(),
    });
    setPlayer(made);
    void made.seek(0);
    return () => made.end();
  }, [api, name, seconds, ready]);
  const { playing } = state;
  useEffect(() => {
    if (!player || !playing) return undefined;
    let frame = requestAnimationFrame(function next() {
      player.tick();
      frame = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(frame);
  }, [player, playing]);
  const onSink = useCallback((key: string, sink: MachineSink | undefined) => {
    if (sink) sinks.current.set(key, sink);
    else sinks.current.delete(key);
    setReady(sinks.current.size === new Set(machines.current.map(({ namespace, name: of }) => `${namespace}/${of}`)).size); // prettier-ignore
  }, []);
  const picture = useCallback((key: string) => sinks.current.get(key)?.picture() ?? Promise.resolve(undefined), []);
  return { state, player, onSink, picture };
}

const keyAt = (machines: RecordingRow['machines'], at: number): string =>
  `${machines[at]?.namespace ?? ''}/${machines[at]?.name ?? ''}`;
