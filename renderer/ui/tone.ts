/** A machine's, a check's or a message's mood; colours come from it. */
export type Tone = 'running' | 'busy' | 'paused' | 'stopped' | 'error' | 'ok' | 'note' | 'warning' | 'problem';
