import { useEffect, useRef, useState } from 'react';

interface Props {
  text: string;
  /** Milliseconds between two announcements: what changes faster is said at its latest. */
  pace?: number;
}

/** Words for screen readers alone, spoken when they change; keep it mounted and change the text. */
export function Announce({ text, pace = 0 }: Props) {
  const [said, setSaid] = useState(text);
  const last = useRef(0);
  useEffect(() => {
    const timer = setTimeout(
      () => {
        last.current = Date.now();
        setSaid(text);
      },
      Math.max(0, last.current + pace - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [text, pace]);
  return (
    <p className="visually-hidden" role="status" aria-live="polite">
      {said}
    </p>
  );
}
