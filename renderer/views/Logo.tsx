// Owns the mark: a plumb bob on its line.
export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg className="logo" width={size} height={size} viewBox="0 0 24 24" aria-hidden>
      <path d="M12 1.5v10" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" />
      <path d="M12 10.25c.5 0 .95.2 1.35.55l3.6 3.2c.55.5.6 1.3.1 1.85L12.75 21.6a1 1 0 0 1-1.5 0L6.95 15.85c-.5-.55-.45-1.35.1-1.85l3.6-3.2c.4-.35.85-.55 1.35-.55Z" fill="currentColor" />
    </svg>
  );
}
