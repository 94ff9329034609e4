/** Words for screen readers alone, spoken when they change; keep it mounted and change the text. */
export function Announce({ text }: { text: string }) {
  return (
    <p className="visually-hidden" role="status" aria-live="polite">
      {text}
    </p>
  );
}
