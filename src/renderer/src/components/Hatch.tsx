/** The patterns every bar shares, as one invisible drawing. Lines at 45°, 5 px apart. */
export function HatchPatterns() {
  return (
    <svg width="0" height="0" style={{ position: 'absolute' }} aria-hidden="true">
      <defs>
        {Object.entries(inks).map(([name, ink]) => (
          <pattern
            key={name}
            id={`hatch-${name}`}
            width="5"
            height="5"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <path d="M2.5 0V5" stroke={ink} strokeWidth="1.3" />
          </pattern>
        ))}
      </defs>
    </svg>
  );
}

/** Fills what it stands in. */
export const Hatched = ({ ink }: { ink: keyof typeof inks }) => (
  <svg width="100%" height="100%" style={{ display: 'block' }} aria-hidden="true">
    <rect width="100%" height="100%" fill={`url(#hatch-${ink})`} />
  </svg>
);

const inks = { accent: 'var(--accent)', future: 'var(--softline)' } as const;
